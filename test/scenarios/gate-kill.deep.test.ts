import assert from 'node:assert/strict';
import { killInTheMiddle } from './gate-kill.ts';

describe('a gate service that is killed in the middle of 200 evaluations', function () {
  this.timeout(300_000);
  it('tells each task once, and answers who asks meanwhile', async () => {
    const { answerMs, acceptMs } = await killInTheMiddle(200);
    // How soon is no matter of a test: here another one may have the processor.
    assert.equal(acceptMs.length, 200);
    assert.ok(answerMs.length > 0, 'nobody was answered');
  });
});
