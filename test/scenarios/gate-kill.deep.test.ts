import assert from 'node:assert/strict';
import { median } from '../bench/median.ts';
import { killInTheMiddle } from './gate-kill.ts';

describe('a gate service that is killed in the middle of 200 evaluations', function () {
  this.timeout(300_000);
  it('tells each task once, and answers who waits in a tenth of a second', async () => {
    const { answerMs, acceptMs } = await killInTheMiddle(200);
    const figures = `answers: median ${median(answerMs).toFixed(0)} ms; accepted within ${Math.max(...acceptMs).toFixed(0)} ms`;
    assert.ok(median(answerMs) < 100, figures);
    assert.ok(Math.max(...acceptMs) < 3000, figures);
  });
});
