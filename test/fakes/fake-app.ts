import type { HttpAnswer, HttpGet, HttpRequest } from '../../src/probe/http.ts';
import { RolloutError } from '../../src/rollout/errors.ts';
import type { MutationReply, OperationReading } from '../../src/rollout/ports.ts';
import type * as port from '../../src/rollout/kinds/app-service/ports.ts';
import type { FakeClock } from './fake-clock.ts';

/** What a slot holds and a swap moves. `status` says how it answers, wherever it stands: 0 is unreachable, -1 silent, -2 cut. */
export interface Content {
  readonly deploymentId: string;
  activeDeployment: string | null;
  version: string;
  status: (slot: string) => number;
}

/** What becomes of one swap request. `applied`: it acts, and the reply is lost; `dropped`: accepted, and nothing more. */
export type SwapFault =
  | { readonly kind: 'refused' | 'ambiguous'; readonly status: number }
  | { readonly kind: 'none' | 'applied' | 'fails' | 'fails-prepared' | 'never-ends' | 'no-location' | 'dropped' }
  | { readonly kind: 'never-ends-switched' | 'half-done' | 'half-done-recorded' };
export type PollFault = 'throttled' | 'unreadable' | 'gone';
export type ChangeFault = 'refused' | 'ineffective' | 'applied';

interface Operation {
  readonly slots: readonly [string, string];
  readonly fault: SwapFault['kind'];
  readonly switchAt: number;
  switched: boolean;
  end: 'running' | 'succeeded' | 'failed';
}

/** One app and its slots, in memory, on fake time: every fault of the real one that the state machines must survive. */
export class FakeApp implements port.AppHost, HttpGet {
  readonly slots: Record<string, Omit<port.SlotObservation, 'print' | 'url' | 'slot'> & { content: Content }> = {};
  readonly autoSwap: Record<string, string> = {};
  routing: port.RoutingRule[] = [];
  swapMs = 60_000;
  /** The server's clock ahead of ours: its stamps must only be compared with each other. */
  skewMs = 3_600_000;
  showsOperation = true;
  retryAfterMs: number | undefined = 15_000;
  readonly swapFaults: SwapFault[] = [];
  readonly pollFaults: PollFault[] = [];
  readonly changeFaults: ChangeFault[] = [];
  failedReads = 0;
  /** How long the last swap request was to wait for its answer. */
  patienceMs: number | undefined;
  /** What differs between any two slots; undefined: no right to read it. */
  settings: readonly string[] | undefined = [];
  triggers: readonly string[] | undefined = [];
  webJobs: readonly string[] | undefined = [];
  /** Instances by name; undefined: no right to read them. */
  listed: readonly string[] | undefined;
  readonly packages: Record<string, Pick<Content, 'version' | 'status'>> = {};
  readonly swapRequests: string[] = [];
  readonly effectiveSwaps: string[] = [];
  readonly changes: port.SlotChange[] = [];
  /** Told of every call before it does anything: tests interrupt and meddle here. */
  onCall: (name: string) => void = () => undefined;
  readonly #clock: FakeClock;
  readonly #name: string;
  readonly #operations: Operation[] = [];
  #deployments = 0;

  constructor(clock: FakeClock, name: string, versions: Readonly<Record<string, string>>) {
    this.#clock = clock;
    this.#name = name;
    for (const [slot, version] of Object.entries(versions)) this.addSlot(slot, version);
  }

  addSlot(slot: string, version: string): void {
    const content = {
      deploymentId: `${this.#name}__${slot}`,
      activeDeployment: `first-${slot}`,
      version,
      status: () => 200,
    };
    const idle = { state: 'running', swapStamp: null, previewWith: null, operation: null } as const;
    this.slots[slot] = { ...idle, slotless: false, linux: false, functions: false, unread: [], content };
  }

  /** What users get. */
  get production(): Content {
    this.#advance();
    return this.slots['production']!.content;
  }

  async observe(slot: string, signal?: AbortSignal): Promise<port.SlotObservation> {
    await this.#called('observe', signal);
    if (this.failedReads > 0) {
      this.failedReads -= 1;
      throw new RolloutError({ code: 'unreadable', what: `slot '${slot}'`, detail: '503' });
    }
    const found = this.#at(slot);
    if (found === undefined)
      throw new RolloutError({ code: 'app-not-found', app: this.#name, resourceGroup: 'rg', slot });
    const { content, operation, ...rest } = found;
    const { deploymentId, activeDeployment } = content;
    const print = { deploymentId, activeDeployment, image: null };
    const url = `https://${this.#name}-${slot.toLowerCase()}.test`;
    return { ...rest, slot, url, print, operation: this.showsOperation ? operation : null };
  }

  async readConfig(slot: string, signal?: AbortSignal): Promise<port.SlotConfig> {
    await this.#called('readConfig', signal);
    return { autoSwapSlot: this.autoSwap[slot] ?? null, routing: slot === 'production' ? [...this.routing] : [] };
  }

  async requestSwap(source: string, target: string, signal?: AbortSignal, withinMs?: number): Promise<MutationReply> {
    this.patienceMs = withinMs;
    await this.#called('requestSwap', signal);
    this.swapRequests.push(`${source}>${target}`);
    const fault = this.swapFaults.shift() ?? { kind: 'none' };
    const lost = { kind: 'ambiguous', message: 'lost', retryAfterMs: 1000, swapRuns: false } as const;
    if (fault.kind === 'refused') return { kind: 'refused', status: fault.status, message: `${fault.status}: no` };
    if (fault.kind === 'ambiguous') return { ...lost, message: `${fault.status}: perhaps` };
    if (fault.kind === 'dropped') return { kind: 'accepted', operation: undefined, retryAfterMs: undefined };
    if (source === target) return { kind: 'refused', status: 400, message: '400: source and target are the same slot' };
    const [from, to] = [this.#at(source), this.#at(target)];
    if (from === undefined || to === undefined) return { kind: 'refused', status: 404, message: '404: not found' };
    const busy = from.operation ?? to.operation;
    if (busy !== null) return { ...lost, message: '409 Conflict: another operation is in progress', swapRuns: true };
    const switchAt = this.#clock.monotonic() + this.swapMs;
    this.#operations.push({
      slots: [source.toLowerCase(), target.toLowerCase()],
      fault: fault.kind,
      switchAt,
      switched: false,
      end: 'running',
    });
    const operation = `op-${this.#operations.length - 1}`;
    for (const slot of [from, to]) Object.assign(slot, { operation });
    if (fault.kind === 'applied') return lost;
    return {
      kind: 'accepted',
      operation: fault.kind === 'no-location' ? undefined : operation,
      retryAfterMs: this.retryAfterMs,
    };
  }

  async readOperation(operation: string, signal?: AbortSignal): Promise<OperationReading> {
    await this.#called('readOperation', signal);
    const fault = this.pollFaults.shift();
    if (fault === 'gone') return { kind: 'gone' };
    if (fault !== undefined)
      return { kind: 'unreadable', message: fault, retryAfterMs: fault === 'throttled' ? 5000 : undefined };
    const end = this.#operations[Number(operation.slice(3))]?.end;
    if (end === undefined) return { kind: 'gone' };
    if (end === 'running') return { kind: 'running', operation, retryAfterMs: this.retryAfterMs };
    return end === 'succeeded'
      ? { kind: end }
      : { kind: end, message: '417: the slot did not respond to http ping', passing: false };
  }

  async change(change: port.SlotChange, signal?: AbortSignal): Promise<MutationReply> {
    await this.#called('change', signal);
    this.changes.push(change);
    const fault = this.changeFaults.shift();
    if (fault === 'refused') return { kind: 'refused', status: 403, message: '403: no right' };
    if (change.kind === 'routing' && fault !== 'ineffective') this.routing = [...change.rules];
    if (change.kind === 'reset-slot-config') this.#prepare(change.slot, null);
    if (change.kind === 'apply-slot-config' && fault !== 'ineffective') this.#prepare(change.source, change.target);
    return fault === 'applied'
      ? { kind: 'ambiguous', message: 'lost', retryAfterMs: undefined, swapRuns: false }
      : { kind: 'accepted', operation: undefined, retryAfterMs: undefined };
  }

  async differences(source: string, target: string, signal?: AbortSignal): Promise<readonly string[] | undefined> {
    await this.#called('differences', signal);
    return source === target ? [] : this.settings;
  }

  async backgroundWork(
    _slot: string,
    functions: boolean,
    signal?: AbortSignal,
  ): Promise<readonly string[] | undefined> {
    await this.#called('backgroundWork', signal);
    return functions ? this.triggers : this.webJobs;
  }

  async instances(_slot: string, signal?: AbortSignal): Promise<readonly string[] | undefined> {
    await this.#called('instances', signal);
    return this.listed;
  }

  async upload(slot: string, file: string, signal?: AbortSignal): Promise<port.UploadResult> {
    await this.#called('upload', signal);
    const found = this.packages[file];
    if (found === undefined) return { kind: 'failed', message: `${file} could not be unpacked` };
    return { kind: 'uploaded', deployment: this.deploy(slot, found.version, found.status) };
  }

  /** As somebody else would do it: past our ports. */
  deploy(slot: string, version: string, status: Content['status'] = () => 200): string {
    const activeDeployment = `deployment-${(this.#deployments += 1)}`;
    Object.assign(this.slots[slot]!.content, { activeDeployment, version, status });
    return activeDeployment;
  }

  /** Production answers from wherever a routing rule leads, unless the request is pinned to it. */
  async get({ url, headers }: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer> {
    await this.#called('get', signal);
    const { hostname, pathname } = new URL(url);
    const asked = hostname.slice(this.#name.length + 1, -'.test'.length);
    const pinned = /(^|; )x-ms-routing-name=self(;|$)/.test(headers['cookie'] ?? '');
    const slot = asked === 'production' && !pinned ? (this.routing[0]?.name ?? asked) : asked;
    const { content, state } = this.slots[slot]!;
    const version = pathname === '/version';
    const status = state !== 'running' ? 403 : version ? 200 : content.status(slot);
    if (status === 0) return { kind: 'unreachable', reason: 'ENOTFOUND' };
    if (status === -1) return { kind: 'silent', reason: 'no answer within 2000ms' };
    if (status === -2) return { kind: 'cut', reason: 'ECONNRESET: socket hang up' };
    return { kind: 'answer', status, headers: {}, body: version ? content.version : 'fine' };
  }

  /** Both slots exchange what they hold; `recorded` is what tells everybody. Also for swaps of somebody else. */
  exchange([source, target]: readonly [string, string], recorded: boolean): void {
    const [a, b] = [this.slots[source]!, this.slots[target]!];
    [a.content, b.content] = [b.content, a.content];
    for (const slot of [a, b]) Object.assign(slot, { previewWith: null });
    this.effectiveSwaps.push(`${source}>${target}`);
    const swapStamp = new Date(this.#clock.now() + this.skewMs).toISOString();
    if (recorded) for (const slot of [a, b]) Object.assign(slot, { swapStamp });
  }

  /** Names of slots are compared without case, as Azure does it. */
  #at(slot: string): FakeApp['slots'][string] | undefined {
    return this.slots[slot.toLowerCase()];
  }

  /** Both ends show the other one while a swap with preview is pending. */
  #prepare(slot: string, other: string | null): void {
    const end = other ?? this.#at(slot)!.previewWith;
    Object.assign(this.#at(slot)!, { previewWith: other });
    const there = end === null ? undefined : this.#at(end);
    if (there !== undefined) Object.assign(there, { previewWith: other === null ? null : slot });
  }

  async #called(name: string, signal: AbortSignal | undefined): Promise<void> {
    this.onCall(name);
    // A turn of the loop, as a real exchange takes; what the server did meanwhile is seen after it.
    await Promise.resolve();
    signal?.throwIfAborted();
    this.#advance();
  }

  #advance(): void {
    for (const operation of this.#operations) {
      if (operation.switched || operation.end !== 'running' || this.#clock.monotonic() < operation.switchAt) continue;
      const { fault, slots } = operation;
      const fails = fault === 'fails' || fault === 'fails-prepared';
      if (fault === 'never-ends') continue;
      if (!fails) this.exchange(slots, fault !== 'half-done' && fault !== 'never-ends-switched');
      operation.switched = true;
      if (fault === 'fails-prepared') Object.assign(this.slots[slots[0]]!, { previewWith: slots[1] });
      if (fault === 'never-ends-switched') continue;
      operation.end = fails || fault.startsWith('half-done') ? 'failed' : 'succeeded';
      for (const slot of slots) Object.assign(this.slots[slot]!, { operation: null });
    }
  }
}
