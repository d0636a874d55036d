/**
 * The script that every deployed app is started with (`node --require`). It makes the app leave with the emulator, even
 * when the emulator is killed with SIGKILL and can tell nobody: file descriptor 3 is a pipe whose other end only the
 * emulator holds, so its end means that the emulator is gone. The pipe is watched by a thread of its own, since an app
 * that hangs in an endless loop must leave too. It acts only in a direct child: what the app itself forks inherits the
 * `--require`, but its descriptor 3 is something else.
 */
export const LIFELINE_SCRIPT = `'use strict';
const { isMainThread, Worker } = require('node:worker_threads');
const parent = process.env.EMULATOR_LIFELINE_PARENT;
delete process.env.EMULATOR_LIFELINE_PARENT;
if (isMainThread && parent === String(process.ppid)) {
  const watch = \`
    const { Socket } = require('node:net');
    const gone = () => process.kill(process.pid, 'SIGKILL');
    const pipe = new Socket({ fd: 3 });
    pipe.on('end', gone).on('close', gone).on('error', gone).resume();
  \`;
  new Worker(watch, { eval: true, execArgv: [] }).unref();
}
`;

export const LIFELINE_VARIABLE = 'EMULATOR_LIFELINE_PARENT';
