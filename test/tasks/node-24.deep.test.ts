import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { runTasksOn } from './build-agent.ts';
import { node24 } from './node-24.ts';

/** The black-box tests of the tasks once more, on the Node that agents prefer. */
let back = (): void => {};
before(function () {
  this.timeout(180_000);
  const found = node24();
  if ('missing' in found) {
    process.stderr.write(`skipped: ${found.missing}\n`);
    return this.skip();
  }
  assert.match(execFileSync(found.program, ['--version'], { encoding: 'utf8' }), /^v24\./);
  back = runTasksOn('Node24', found.program);
  return undefined;
});
after(() => back());

await import('./swap.test.ts');
await import('./deploy-and-roll-back.test.ts');
await import('./validate.test.ts');
await import('./validate-comment.test.ts');
await import('./network.test.ts');
await import('./service-connections.test.ts');
await import('./sign-in-matrix.test.ts');
await import('./classic-release.test.ts');
