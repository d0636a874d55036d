import type { TrafficShare } from '../../src/journal/traffic.ts';
import type { HttpAnswer, HttpGet, HttpRequest } from '../../src/probe/http.ts';
import { RolloutError } from '../../src/rollout/errors.ts';
import type { MutationReply, OperationReading } from '../../src/rollout/ports.ts';
import type * as port from '../../src/rollout/kinds/container-app/ports.ts';
import type { FakeClock } from './fake-clock.ts';

/** What becomes of one change. `applied`: it acts, and the reply is lost; `dropped`: accepted, and nothing more. */
export type ChangeFault =
  | 'none'
  | 'refused'
  | 'conflict'
  | 'ambiguous'
  | 'applied'
  | 'dropped'
  | 'never-ends'
  | 'fails'
  /** Accepted, and no new revision comes of it. */
  | 'no-revision'
  /** The array asks for it, and the revisions get it only later. */
  | 'half-for-ever';

interface Revision {
  readonly name: string;
  readonly created: string;
  readonly image: string;
  active: boolean;
  weight: number;
  provisioned: boolean;
  failed: boolean;
}

/** One container app in memory, on fake time. How an image answers is said by its name in `images`. */
export class FakeContainer implements port.ContainerHost, HttpGet {
  readonly revisions: Revision[] = [];
  traffic: readonly TrafficShare[];
  mode = 'Multiple';
  exists = true;
  ingress = true;
  running = 'Running';
  operationMs = 13_000;
  /** From the answer to an activation until the list of revisions shows it: recorded as more than a second. */
  activationMs = 1500;
  showsOperation = true;
  failedReads = 0;
  /** How a revision runs that nobody asks anything: `ScaledToZero` where its scale lets it. */
  runs = 'Running';
  /** No look at an operation gets an answer. */
  unheard = false;
  readonly changeFaults: ChangeFault[] = [];
  readonly changes: port.AppChange[] = [];
  /** Writes of the traffic that took effect. */
  readonly shifts: string[] = [];
  /** Version and answer of each image; `status` by whether the app's own host was asked; 0 is unreachable. */
  readonly images: Record<string, { version: string; status: (atApp: boolean) => number; comesUp?: boolean }> = {};
  /** For how long the host of the app answers 404 after a shift. */
  goneMs = 0;
  onCall: (name: string) => void = () => undefined;
  readonly #clock: FakeClock;
  readonly #name: string;
  #shiftedAt = Number.NEGATIVE_INFINITY;
  #activations: { readonly at: number; readonly revision: string; readonly active: boolean }[] = [];
  readonly #operations: { end: 'running' | 'succeeded' | 'failed'; at: number; act: () => void; fault: ChangeFault }[] =
    [];

  constructor(clock: FakeClock, name: string, version = '1.0.0') {
    this.#clock = clock;
    this.#name = name;
    this.images['orders:1'] = { version, status: () => 200 };
    this.addRevision('v1', 'orders:1', 100);
    this.traffic = [{ revision: null, weight: 100, label: null }];
  }

  addRevision(suffix: string, image: string, weight = 0): void {
    const comesUp = this.images[image]?.comesUp ?? image in this.images;
    this.revisions.push({
      name: `${this.#name}--${suffix}`,
      created: new Date(this.#clock.now() + this.revisions.length).toISOString(),
      image,
      active: true,
      weight,
      provisioned: comesUp,
      failed: !comesUp,
    });
  }

  /** Versions that users get, with their shares: `100% 1.0.0`. */
  get served(): string {
    this.#advance();
    return this.revisions
      .filter(({ weight }) => weight > 0)
      .map(({ weight, image }) => `${weight}% ${this.images[image]?.version ?? image}`)
      .join(', ');
  }

  /** As somebody else would do it: past our ports. */
  shift(weights: Readonly<Record<string, number>>): void {
    this.#setTraffic(
      Object.entries(weights).map(([suffix, weight]) => ({
        revision: `${this.#name}--${suffix}`,
        weight,
        label: null,
      })),
    );
  }

  async observe(signal?: AbortSignal): Promise<port.AppObservation> {
    await this.#called('observe', signal);
    if (!this.exists)
      throw new RolloutError({ code: 'app-not-found', app: this.#name, resourceGroup: 'rg', slot: undefined });
    if (this.failedReads > 0) {
      this.failedReads -= 1;
      throw new RolloutError({ code: 'unreadable', what: `app '${this.#name}'`, detail: '503' });
    }
    const busy = this.#operations.some(({ end }) => end === 'running');
    const latest = this.revisions.at(-1)!;
    return {
      url: this.ingress ? `https://${this.#name}.test` : null,
      mode: this.mode,
      running: this.running,
      operation: busy && this.showsOperation ? 'InProgress' : null,
      traffic: this.traffic,
      latestRevision: latest.name,
      latestReadyRevision: this.revisions.findLast(({ provisioned }) => provisioned)?.name ?? null,
      lastChange: null,
      template: { containers: [{ name: 'main', image: latest.image }] },
      revisions: this.revisions.map(({ name, created, image, active, weight, provisioned, failed }) => ({
        name,
        created,
        url: this.ingress ? `https://${name}.test` : null,
        active,
        weight,
        health: failed ? 'Unhealthy' : 'Healthy',
        provisioning: failed ? 'Failed' : provisioned ? 'Provisioned' : 'Provisioning',
        running: !active ? 'Stopped' : failed ? 'Failed' : this.runs,
        problem: failed ? 'Failed:ImagePullFailure' : null,
        images: { main: image },
      })),
    };
  }

  async change(change: port.AppChange, signal?: AbortSignal): Promise<MutationReply> {
    await this.#called('change', signal);
    this.changes.push(change);
    const fault = this.changeFaults.shift() ?? 'none';
    if (!this.exists) return { kind: 'refused', status: 404, message: '404 ResourceNotFound' };
    if (fault === 'refused') return { kind: 'refused', status: 403, message: '403: no right' };
    const wrong = this.#wrong(change);
    if (wrong !== undefined) return wrong;
    const busy = this.#operations.some(({ end }) => end === 'running');
    if (fault === 'conflict' || busy)
      return { kind: 'refused', status: 409, message: '409 ContainerAppOperationInProgress', passing: true };
    const lost = { kind: 'ambiguous', message: 'lost', retryAfterMs: 1000, swapRuns: false } as const;
    if (fault === 'ambiguous') return lost;
    if (change.kind === 'activate' || change.kind === 'deactivate') {
      const at = this.#clock.monotonic() + this.activationMs;
      this.#activations.push({ at, revision: change.revision, active: change.kind === 'activate' });
      return { kind: 'accepted', operation: undefined, retryAfterMs: undefined };
    }
    if (fault === 'dropped') return { kind: 'accepted', operation: undefined, retryAfterMs: undefined };
    this.#operations.push({
      end: 'running',
      at: this.#clock.monotonic() + this.operationMs,
      act: () => this.#act(change, fault),
      fault,
    });
    if (fault === 'applied') return lost;
    return { kind: 'accepted', operation: `op-${this.#operations.length - 1}`, retryAfterMs: 5000 };
  }

  async readOperation(operation: string, signal?: AbortSignal): Promise<OperationReading> {
    await this.#called('readOperation', signal);
    if (this.unheard) return { kind: 'unreadable', message: '503', retryAfterMs: undefined };
    const end = this.#operations[Number(operation.slice(3))]?.end;
    if (end === undefined) return { kind: 'gone' };
    if (end === 'running') return { kind: end, operation, retryAfterMs: undefined };
    return end === 'succeeded' ? { kind: end } : { kind: end, message: 'ended as Failed', passing: false };
  }

  async get({ url }: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer> {
    await this.#called('get', signal);
    const { hostname, pathname } = new URL(url);
    const host = hostname.slice(0, -'.test'.length);
    const atApp = host === this.#name;
    const serving = atApp
      ? this.revisions.find(({ weight }) => weight > 0)
      : this.revisions.find(({ name }) => name === host);
    const gone = atApp && this.#clock.monotonic() - this.#shiftedAt < this.goneMs;
    const image = serving === undefined ? undefined : this.images[serving.image];
    if (gone || serving === undefined || !serving.active || image === undefined)
      return { kind: 'answer', status: 404, headers: {}, body: 'not found' };
    const version = pathname === '/version';
    const status = version ? 200 : image.status(atApp);
    if (status === 0) return { kind: 'unreachable', reason: 'ENOTFOUND' };
    return { kind: 'answer', status, headers: {}, body: version ? image.version : 'fine' };
  }

  #act(change: port.AppChange, fault: ChangeFault): void {
    if (fault === 'fails') return;
    if (change.kind === 'revision' && fault !== 'no-revision') {
      const { suffix, image } = madeBy(change.template);
      if (this.#revision(suffix) === undefined) this.addRevision(suffix, image);
    }
    if (change.kind === 'traffic' || change.kind === 'revision')
      this.#setTraffic(change.traffic, fault === 'half-for-ever');
  }

  #setTraffic(traffic: readonly TrafficShare[], half = false): void {
    const print = (rows: readonly TrafficShare[]): string => JSON.stringify(rows);
    const changed = print(this.traffic) !== print(traffic);
    this.traffic = traffic;
    if (half) return;
    for (const revision of this.revisions) revision.weight = 0;
    const latest = this.revisions.findLast(({ provisioned }) => provisioned);
    for (const { revision, weight } of traffic) {
      const found = revision === null ? latest : this.revisions.find(({ name }) => name === revision);
      if (found !== undefined) found.weight += weight;
    }
    if (!changed) return;
    this.#shiftedAt = this.#clock.monotonic();
    this.shifts.push(
      this.revisions
        .filter(({ weight }) => weight > 0)
        .map(({ name, weight }) => `${name}=${weight}`)
        .join(' '),
    );
  }

  /** What the service refuses for good, and does nothing of. */
  #wrong(change: port.AppChange): MutationReply | undefined {
    const refused = (status: number, message: string): MutationReply => ({ kind: 'refused', status, message });
    if (!('traffic' in change))
      return this.revisions.some(({ name }) => name === change.revision)
        ? undefined
        : refused(404, '404 ResourceNotFound');
    const named = change.traffic.map(({ revision }) => revision);
    const sum = change.traffic.reduce((all, { weight }) => all + weight, 0);
    const known = named.every((name) => name === null || this.revisions.some((one) => one.name === name));
    if (sum !== 100 || !known) return refused(400, '400: this traffic');
    if (change.kind !== 'revision') return undefined;
    const { suffix, image } = madeBy(change.template);
    const there = this.#revision(suffix);
    return there === undefined || there.image === image ? undefined : refused(400, '400: the suffix is in use');
  }

  #revision(suffix: string): Revision | undefined {
    return this.revisions.find(({ name }) => name === `${this.#name}--${suffix}`);
  }

  #advance(): void {
    for (const { at, revision, active } of this.#activations) {
      if (this.#clock.monotonic() < at) continue;
      const found = this.revisions.find(({ name }) => name === revision);
      if (found !== undefined) found.active = active;
      this.#activations = this.#activations.filter((one) => one.at > at);
    }
    for (const operation of this.#operations) {
      if (operation.end !== 'running' || operation.fault === 'never-ends' || this.#clock.monotonic() < operation.at)
        continue;
      const known = this.revisions.length;
      operation.act();
      // A revision that does not come up fails the operation that has made it.
      const comesUp = this.revisions.slice(known).every(({ failed }) => !failed);
      operation.end = operation.fault === 'fails' || !comesUp ? 'failed' : 'succeeded';
    }
  }

  async #called(name: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.onCall(name);
    // A turn of the loop, as a real exchange takes; what the server did meanwhile is seen after it.
    await Promise.resolve();
    signal?.throwIfAborted();
    this.#advance();
  }
}

function madeBy(template: Readonly<Record<string, unknown>>): { readonly suffix: string; readonly image: string } {
  const [container] = template['containers'] as { image: string }[];
  return { suffix: String(template['revisionSuffix']), image: container!.image };
}
