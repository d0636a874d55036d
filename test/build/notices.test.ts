import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { thirdPartyNotices } from '../../src/build/notices.ts';

describe('the notices of the packages in a bundle', () => {
  it('name each once, with its licence', async () => {
    const { metafile } = await build({
      stdin: { contents: "import 'semver'; import 'azure-pipelines-task-lib/task.js'", resolveDir: process.cwd() },
      bundle: true,
      platform: 'node',
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    const text = thirdPartyNotices(process.cwd(), metafile);
    assert.equal(text.match(/^semver 7\.\d+\.\d+: ISC$/gm)?.length, 1);
    assert.match(text, /^azure-pipelines-task-lib 5\.\d+\.\d+: MIT$/m);
    assert.match(text, /Permission to use, copy, modify/);
    assert.doesNotMatch(text, /typescript|esbuild \d/);
  });
});
