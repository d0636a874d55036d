import { EVENTS, FAULT_KINDS } from './fault-kinds.ts';
import { isObject, type JsonObject } from '../server/json.ts';

/** What happened in the emulator; a rule with `after` sleeps until then. */
export type EmulatorEvent =
  'swap-accepted' | 'swap-switched' | 'swap-settled' | 'deployment-accepted' | 'deployment-settled';

/**
 * What a rule does to a request. `applied-*` let the request have its effect first: the reply is what is lost. The
 * `swap-*` effects answer the swap request as usual and spoil the operation behind it.
 */
export type FaultEffect =
  | {
      readonly kind: 'status' | 'applied-then-status';
      readonly status: number;
      readonly body?: string | JsonObject;
      readonly headers?: Readonly<Record<string, string>>;
      readonly retryAfter?: number;
    }
  | { readonly kind: 'delay'; readonly ms: number }
  /** `reset` drops the connection before anything is done; `hang` never answers; `truncated` sends half the reply. */
  | { readonly kind: 'reset' | 'applied-then-reset' | 'hang' | 'applied-then-hang' | 'truncated' }
  /** 429 as Resource Manager answers it; `retryAfter` in seconds, null or absent leaves the header out. */
  | { readonly kind: 'throttle'; readonly retryAfter?: number | null }
  /** 403 AuthorizationFailed with the action that the principal would need. */
  | { readonly kind: 'forbidden' }
  /** An HTML page where JSON is expected, as gateways and proxies send it; 502 by default. */
  | { readonly kind: 'html'; readonly status?: number }
  /** The operation takes this long to the switch. */
  | { readonly kind: 'swap-slow'; readonly ms: number }
  /** 202 for ever; with `switched` the routing has moved nevertheless. */
  | { readonly kind: 'swap-never-ends'; readonly switched?: boolean }
  /** Ends in an error, nothing moved; `leavesPrepared` also leaves the source prepared for swap. */
  | {
      readonly kind: 'swap-fails';
      readonly status?: number;
      readonly code?: string;
      readonly message?: string;
      readonly leavesPrepared?: boolean;
    }
  /** Routing has moved, the operation ends in an error all the same; `recorded` also sets slotSwapStatus. */
  | {
      readonly kind: 'swap-half-done';
      readonly status?: number;
      readonly message?: string;
      readonly recorded?: boolean;
    };

export interface FaultMatch {
  readonly method?: string;
  /** Source of a regular expression on the decoded path, without regard to case. */
  readonly path?: string;
  /** The host asked: left out for the main endpoint, else `payments` or `payments/staging` for a site's own host. */
  readonly site?: string;
  /** The first matching request that the rule touches, counted from 1. */
  readonly nth?: number;
  /** How many matching requests it touches from there on; 1 by default. */
  readonly times?: number | 'always';
  /** Asleep until this has happened, counted from when the rule was added. */
  readonly after?: EmulatorEvent;
}

export interface FaultRule {
  readonly id?: string;
  readonly match?: FaultMatch;
  readonly effect: FaultEffect;
}

export interface FaultState extends FaultRule {
  readonly id: string;
  /** Requests that matched, and those of them that were touched. */
  readonly seen: number;
  readonly used: number;
}

interface Armed {
  readonly id: string;
  readonly rule: FaultRule;
  readonly path: RegExp;
  awake: boolean;
  seen: number;
  used: number;
}

export interface FaultTarget {
  readonly method: string;
  readonly path: string;
  readonly site?: string;
}

/** The rules in force. Every matching rule counts a request; the first that is due takes it. */
export class Faults {
  #rules: Armed[] = [];
  #next = 1;

  add(rule: FaultRule): string {
    const id = rule.id ?? `fault-${this.#next++}`;
    const path = new RegExp(rule.match?.path ?? '', 'i');
    this.#rules = this.#rules.filter((one) => one.id !== id);
    this.#rules.push({ id, rule, path, awake: rule.match?.after === undefined, seen: 0, used: 0 });
    return id;
  }

  remove(id: string): boolean {
    const before = this.#rules.length;
    this.#rules = this.#rules.filter((one) => one.id !== id);
    return this.#rules.length < before;
  }

  clear(): void {
    this.#rules = [];
  }

  list(): FaultState[] {
    return this.#rules.map(({ id, rule, seen, used }) => ({ ...rule, id, seen, used }));
  }

  tell(event: EmulatorEvent): void {
    for (const one of this.#rules) if (one.rule.match?.after === event) one.awake = true;
  }

  take(target: FaultTarget): { id: string; effect: FaultEffect } | undefined {
    let taken: Armed | undefined;
    for (const one of this.#rules) {
      if (!one.awake || !matches(one, target)) continue;
      one.seen += 1;
      const { nth = 1, times = 1 } = one.rule.match ?? {};
      const due = one.seen >= nth && (times === 'always' || one.seen < nth + times);
      if (due && taken === undefined) {
        one.used += 1;
        taken = one;
      }
    }
    return taken === undefined ? undefined : { id: taken.id, effect: taken.rule.effect };
  }
}

function matches({ rule, path }: Armed, target: FaultTarget): boolean {
  const { method, site } = rule.match ?? {};
  if (method !== undefined && method.toUpperCase() !== target.method) return false;
  if (site?.toLowerCase() !== target.site?.toLowerCase()) return false;
  if (rule.effect.kind.startsWith('swap-') && !/\/slotsswap$/i.test(target.path)) return false;
  return path.test(target.path);
}

const KINDS = Object.keys(FAULT_KINDS) as FaultEffect['kind'][];

/**
 * Reads a rule that came over HTTP.
 * @throws Error that says what is wrong, for the 400 of the control interface
 */
export function readFaultRule(value: unknown): FaultRule {
  if (!isObject(value) || !isObject(value['effect'])) throw new Error('A rule is {id?, match?, effect: {kind, ...}}.');
  const { id, match = {}, effect } = value;
  if (id !== undefined && typeof id !== 'string') throw new Error('"id" must be text.');
  if (!isObject(match)) throw new Error('"match" must be an object.');
  const kind = KINDS.find((one) => one === effect['kind']);
  if (kind === undefined) throw new Error(`"effect.kind" must be one of ${KINDS.join(', ')}.`);
  if (kind.endsWith('status') && !isStatus(effect['status'])) throw new Error('"effect.status" must be 100 to 599.');
  if ((kind === 'delay' || kind === 'swap-slow') && typeof effect['ms'] !== 'number')
    throw new Error('"effect.ms" must be a number.');
  for (const key of ['method', 'path', 'site', 'after']) {
    if (match[key] !== undefined && typeof match[key] !== 'string') throw new Error(`"match.${key}" must be text.`);
  }
  if (typeof match['after'] === 'string' && !Object.keys(EVENTS).includes(match['after']))
    throw new Error(`"match.after" must be one of ${Object.keys(EVENTS).join(', ')}.`);
  for (const key of ['nth', 'times']) {
    const count = match[key];
    const fits =
      count === undefined || (Number.isInteger(count) && Number(count) >= 1) || (key === 'times' && count === 'always');
    if (!fits) throw new Error(`"match.${key}" must be a whole number from 1.`);
  }
  return value as unknown as FaultRule;
}

function isStatus(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 599;
}
