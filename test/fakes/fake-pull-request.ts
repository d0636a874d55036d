import {
  PullRequestRefusal,
  type NewThread,
  type PullRequest,
  type PullRequestStatus,
  type Refusal,
  type SeenPullRequest,
  type Thread,
} from '../../src/order/discuss/pull-request.ts';

/** A pull request in memory. Its user's threads are those whose ids it gave out; others were put in by somebody else. */
export class FakePullRequest implements PullRequest {
  threads: Thread[] = [];
  readonly statuses: PullRequestStatus[] = [];
  readonly own = new Set<number>();
  movedOn = false;
  /** What the changes from this one on are refused with; counted from 1. */
  refuseFrom: number | undefined;
  refusal: Refusal = { kind: 'forbidden', status: 403, said: 'no' };
  changes = 0;

  look(): Promise<SeenPullRequest> {
    return Promise.resolve({ threads: [...this.threads], movedOn: this.movedOn });
  }

  create({ mark, text }: NewThread): Promise<void> {
    return this.#change(() => {
      const id = 1 + Math.max(0, ...this.threads.map((one) => one.id));
      this.own.add(id);
      this.threads.push({ id, mark, state: 'active', text });
    });
  }

  edit(id: number, text: string): Promise<boolean> {
    return this.#change(() => {
      if (this.own.has(id)) this.#replace(id, { text });
      return this.own.has(id);
    });
  }

  set(id: number, state: 'active' | 'fixed'): Promise<void> {
    return this.#change(() => this.#replace(id, { state }));
  }

  judge(status: PullRequestStatus): Promise<void> {
    return this.#change(() => void this.statuses.push(status));
  }

  #replace(id: number, change: Partial<Thread>): void {
    this.threads = this.threads.map((one) => (one.id === id ? { ...one, ...change } : one));
  }

  async #change<T>(make: () => T): Promise<T> {
    this.changes += 1;
    if (this.refuseFrom !== undefined && this.changes >= this.refuseFrom)
      throw new PullRequestRefusal(this.refusal, undefined);
    return await Promise.resolve(make());
  }
}
