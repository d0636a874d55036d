// Required by the processes that tests start of the bundles: hundreds of them, each of which would compile a megabyte
// of the same text again, most of its processor time. The text that runs is the same; V8 takes what it made of it
// before, from a file beside the bundle, if that is of this V8 and of a text of that length. Node 22 has this as
// NODE_COMPILE_CACHE. Who asks how long a bundle takes to start goes without it.
'use strict';
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname } = require('node:path');
const { Script } = require('node:vm');

const { _compile } = Module.prototype;
Module.prototype._compile = function compile(content, filename) {
  Module.prototype._compile = _compile;
  const file = `${filename}.code`;
  let cachedData;
  try {
    cachedData = readFileSync(file);
  } catch {
    // The first process of a bundle leaves what it has compiled, at its end: then all that it has called is among it.
  }
  const script = new Script(Module.wrap(content.replace(/^#!.*/, '')), { filename, cachedData });
  if (cachedData === undefined)
    process.on('exit', () => {
      const own = `${file}.${process.pid}`;
      writeFileSync(own, script.createCachedData());
      renameSync(own, file);
    });
  const require = Module.createRequire(filename);
  return script.runInThisContext().call(this.exports, this.exports, require, this, filename, dirname(filename));
};
