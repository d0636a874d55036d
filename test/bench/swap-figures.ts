import type { RecordedRequest } from '../../src/emulator/start.ts';

/** What one process that swaps costs, as Azure and the machine see it from outside. Milliseconds, MB. */
export interface SwapCost {
  /** Process time outside the swap and the gates. */
  readonly overheadMs: number;
  readonly firstRequestMs: number;
  /** To ARM, besides polls. */
  readonly requests: number;
  readonly polls: number;
  readonly tokenRequests: number;
  /** To ARM. */
  readonly connections: number;
  /** To ARM, the sign-in host and Azure DevOps together. */
  readonly allConnections: number;
  readonly rssMb: number;
  /** From the moment at which production held the new release. */
  readonly noticedMs: number;
}

/** One run as it was seen; times in milliseconds since the epoch. */
export interface SeenRun {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly requests: readonly RecordedRequest[];
  /** When the apps were asked, by whomever. */
  readonly askedAt: readonly number[];
  /** When routing moved, and when the operation was over, which is when anybody can know of it. */
  readonly switchedAt: number;
  readonly settledAt: number;
  readonly rssMb: number;
}

/**
 * The same measure for every program. Polls are the reads of ARM that follow the swap's request until the program asks
 * for anything else; with the last of them it knows the end, or with its own end when it never looked so late. A gate is
 * the time between two requests in which the program asked an app instead.
 */
export function costOf(seen: SeenRun): SwapCost {
  const { startedAt, endedAt, requests, askedAt, switchedAt, settledAt, rssMb } = seen;
  const posted = requests.findIndex((one) => one.method === 'POST' && /\/slotsswap$/i.test(one.path));
  if (posted === -1 || requests[0] === undefined) throw new Error('the program has sent no swap');
  const postedAt = timeOf(requests[posted]!);
  const after = requests.slice(posted + 1);
  const other = after.findIndex((one) => one.method !== 'GET' || !isArm(one));
  const polls = after.slice(0, other === -1 ? after.length : other);
  const lastPollAt = polls.length === 0 ? 0 : timeOf(polls.at(-1)!);
  const noticedAt = lastPollAt >= settledAt ? lastPollAt : endedAt;
  const times = requests.map(timeOf);
  const gates = times.slice(1).map((to, at) => ({ from: times[at]!, to }));
  const gateMs = gates
    .filter(({ from, to }) => (to <= postedAt || from >= noticedAt) && askedAt.some((at) => at >= from && at < to))
    .reduce((sum, { from, to }) => sum + to - from, 0);
  const toArm = requests.filter(isArm);
  return {
    overheadMs: endedAt - startedAt - (noticedAt - postedAt) - gateMs,
    firstRequestMs: times[0]! - startedAt,
    requests: toArm.length - polls.length,
    polls: polls.length,
    tokenRequests: requests.filter(({ path }) => /\/token$|openid-configuration$/.test(path)).length,
    connections: new Set(toArm.map(({ connection }) => connection)).size,
    allConnections: new Set(requests.map(({ connection }) => connection)).size,
    rssMb,
    noticedMs: noticedAt - switchedAt,
  };
}

function isArm({ path }: RecordedRequest): boolean {
  return /^\/subscriptions\//i.test(path);
}

function timeOf({ at }: RecordedRequest): number {
  return Date.parse(at);
}
