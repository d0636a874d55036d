import { killInTheMiddle } from './gate-kill.ts';

describe('a gate service that is killed in the middle', function () {
  this.timeout(180_000);
  it('tells each of 5 tasks once', () => killInTheMiddle(5));
});
