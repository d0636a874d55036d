import { readAsked, routeOf, showsSecret, type Came, type Route } from '../gate/ask.ts';
import { readCallbackHeaders } from '../gate/place.ts';
import { answerOf, whyNot, type Check, type Inquiry, type Verdict } from '../gate/verdict.ts';
import { withTimeout, type Clock } from '../time/clock.ts';
import { formatDuration } from '../time/duration.ts';
import type { Keeper } from './keeper.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export interface ServicePorts {
  readonly checks: ReadonlyMap<string, Check>;
  readonly keeper: Pick<Keeper, 'accept' | 'running'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly secrets: readonly string[];
  /** Where a job's token may be shown. */
  readonly callbackHosts: readonly string[];
}

/** A request whose body is read when it is known who asks. */
export interface Incoming extends Came {
  /** Undefined when it is larger than it may be. @throws Error when it did not come to its end */
  body(): Promise<string | undefined>;
  /** Address of the other end, for the log. */
  readonly from: string;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
}

export interface Outgoing {
  readonly code: number;
  readonly body: string | object;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is done when the answer is out. */
  readonly after?: () => void;
}

/** An answer is to be there within three seconds (documented), the way there and back included. */
export const ANSWER_WITHIN_MS = 2500;

/** Why a request was turned away: a word for counting, a status, a sentence with the cure. */
interface Refusal {
  readonly why:
    | 'secret'
    | 'method'
    | 'unknown'
    | 'size'
    | 'malformed'
    | 'host'
    | 'stale'
    | 'replayed'
    | 'busy'
    | 'state';
  readonly code: number;
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a request for a check, in either way of completion. Never throws. */
export async function answerCheck(incoming: Incoming, ports: ServicePorts): Promise<Outgoing> {
  const begun = ports.clock.monotonic();
  const route = routeOf(incoming);
  const outgoing = await tryAnswer(incoming, route, ports);
  if (!('why' in outgoing)) {
    if (route?.completion === 'check') ports.metrics.answered(ports.clock.monotonic() - begun);
    return outgoing;
  }
  const { why, code, reason, headers = {} } = outgoing;
  ports.metrics.count('refused', { reason: why });
  // The path alone: behind it stands a secret, where a check for an Azure Function asks.
  const path = incoming.target.split('?', 1)[0];
  ports.log('warning', 'a request was refused', { why, code, reason, from: incoming.from, path });
  return { code, body: { status: 'refused', reason }, headers };
}

async function tryAnswer(
  incoming: Incoming,
  route: Route | undefined,
  ports: ServicePorts,
): Promise<Outgoing | Refusal> {
  if (!showsSecret(incoming, ports.secrets))
    return {
      why: 'secret',
      code: 401,
      reason: NO_SECRET,
      headers: { 'www-authenticate': 'Basic realm="safe-rollout"' },
    };
  if (route === undefined) return { why: 'unknown', code: 404, reason: addresses(ports.checks) };
  if (incoming.method !== 'POST')
    return { why: 'method', code: 405, reason: 'a check is asked with POST', headers: { allow: 'POST' } };
  const check = ports.checks.get(route.check);
  if (check === undefined) return { why: 'unknown', code: 404, reason: addresses(ports.checks) };
  const text = await incoming.body().catch(() => undefined);
  if (text === undefined)
    return { why: 'size', code: 413, reason: 'the body is larger than 16 KiB, or did not come to its end' };
  const asked = readAsked(text);
  if (typeof asked === 'string') return { why: 'malformed', code: 400, reason: asked };
  const inquiry = check.read(asked.question);
  if ('barred' in inquiry) return { why: 'host', code: 403, reason: inquiry.barred };
  if ('problems' in inquiry) return { why: 'malformed', code: 400, reason: whyNot(inquiry) };
  if (route.completion === 'check') return await answerNow(check.name, inquiry, incoming.signal, ports);

  const headers = readCallbackHeaders(incoming.headers, ports.callbackHosts, ports.clock.now());
  if ('problem' in headers) {
    const code = { malformed: 400, host: 403, stale: 409 }[headers.kind];
    return { why: headers.kind, code, reason: headers.problem };
  }
  return await acceptCallback(check.name, { headers, inquiry, ...asked }, ports);
}

const NO_SECRET =
  'the secret is missing or wrong: give it as the password of the generic service connection, as the key of an Azure Function check, or in the header X-Safe-Rollout-Secret';

function addresses(checks: ReadonlyMap<string, Check>): string {
  const names = [...checks.keys()].join(', ');
  return `there is nothing at this address: ask /check/NAME for an answer, or /callback/NAME for a callback, with NAME one of ${names}`;
}

async function answerNow(
  check: string,
  inquiry: Inquiry,
  gone: AbortSignal,
  { clock, log, metrics }: ServicePorts,
): Promise<Outgoing> {
  const begun = clock.monotonic();
  const late = withTimeout(ANSWER_WITHIN_MS, gone);
  const within = formatDuration(ANSWER_WITHIN_MS);
  const verdict = await inquiry.ask('now', late).catch((error: unknown): Verdict => ({
    kind: 'not-yet',
    reason: late.aborted
      ? `there was no verdict within ${within}; use a callback (/callback/${check}) for what takes longer`
      : `it could not be asked: ${error instanceof Error ? error.message : String(error)}`,
  }));
  const { code, body } = answerOf(check, inquiry.subject, verdict);
  metrics.count('requests', { check, completion: 'response', answer: body.status });
  const tookMs = Math.round(clock.monotonic() - begun);
  log('info', 'a check was answered', {
    check,
    subject: inquiry.subject,
    status: body.status,
    reason: body.reason,
    tookMs,
  });
  return { code, body };
}

async function acceptCallback(
  check: string,
  asked: {
    readonly headers: Parameters<Keeper['accept']>[0];
    readonly inquiry: Inquiry;
    readonly question: Parameters<Keeper['accept']>[1]['question'];
    readonly timeoutMs: number | undefined;
  },
  { keeper, log, metrics, clock }: ServicePorts,
): Promise<Outgoing | Refusal> {
  const { headers, inquiry, question, timeoutMs } = asked;
  const acceptance = await keeper
    .accept(headers, { check, question, timeoutMs, inquiry })
    .catch(
      (error: unknown) => ({ kind: 'state', reason: error instanceof Error ? error.message : String(error) }) as const,
    );
  const { place } = headers;
  switch (acceptance.kind) {
    case 'accepted': {
      const { id, deadlineAt, begin } = acceptance;
      const until = new Date(deadlineAt).toISOString();
      const task = { project: place.projectId, plan: place.planId, task: place.taskId };
      const what = begin === undefined ? 'a callback that is under way was asked for again' : 'a callback was accepted';
      log('info', what, { evaluation: id, check, subject: inquiry.subject, until, hub: place.hub, ...task });
      metrics.count('requests', { check, completion: 'callback', answer: begin === undefined ? 'again' : 'accepted' });
      const body = { status: 'accepted', check, subject: inquiry.subject, evaluation: id, until };
      return { code: 200, body, ...(begin !== undefined && { after: begin }) };
    }
    case 'replayed':
    case 'other':
      return { why: 'replayed', code: 409, reason: acceptance.reason };
    case 'busy':
      return { why: 'busy', code: 503, reason: acceptance.reason, headers: { 'retry-after': '5' } };
    case 'state': {
      metrics.count('store_failures');
      log('error', 'a callback could not be written down, so it was not accepted', {
        check,
        error: acceptance.reason,
        at: clock.now(),
      });
      return {
        why: 'state',
        code: 503,
        reason: 'the state of the service cannot be written: its log says why',
        headers: { 'retry-after': '5' },
      };
    }
  }
}
