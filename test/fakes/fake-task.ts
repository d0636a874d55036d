import type { Delivery, TaskCallback, TaskSight } from '../../src/gate/ports.ts';
import type { Result } from '../../src/gate/evaluation.ts';

/** A task that waits at its server. What comes of each TaskCompleted can be planned; by default it is taken. */
export class FakeTask implements TaskCallback {
  readonly results: Result[] = [];
  readonly lines: string[] = [];
  /** One for each time that it is sent, and whether it arrives. */
  readonly plan: { readonly arrives: boolean; readonly answer: Delivery['kind'] }[] = [];
  sight: TaskSight['kind'] | undefined;
  canSay = true;

  complete(result: Result): Promise<Delivery> {
    const { arrives, answer } = this.plan.shift() ?? { arrives: true, answer: 'taken' };
    if (arrives) this.results.push(result);
    return Promise.resolve({ kind: answer, reason: `as planned: ${answer}` });
  }

  look(): Promise<TaskSight> {
    const kind = this.sight ?? (this.results.length > 0 ? 'completed' : 'open');
    return Promise.resolve({ kind, reason: `its record says ${kind}` });
  }

  say(lines: readonly string[]): Promise<string | undefined> {
    if (this.canSay) this.lines.push(...lines);
    return Promise.resolve(this.canSay ? undefined : 'status 403');
  }
}
