import type { Catalogue } from '../../catalogue/model.ts';
import { DEFAULT_PROBE, readProbe, versionEndpoint } from '../../catalogue/read-probe.ts';
import type { Read } from '../../catalogue/fields.ts';
import { readTexts } from '../../gate/ask.ts';
import type { Check, Inquiry, NotAsked, Question, Verdict } from '../../gate/verdict.ts';
import type { Verdict as ProbeVerdict } from '../../probe/assess.ts';
import type { HttpGet } from '../../probe/http.ts';
import type { ProbeTarget } from '../../probe/sample.ts';
import { observer, type Look } from '../../probe/watch.ts';
import { askable, usersQuestion, type Askable } from '../../rollout/planning/ask-service.ts';
import type { Account } from '../../rollout/plan/plan.ts';
import { DEFAULT_SWAP_POLICY, probeTarget, type HealthCheck } from '../../rollout/way/policy.ts';
import type { Clock } from '../../time/clock.ts';
import { readYaml } from '../../yaml/read-yaml.ts';
import type { AzureReach } from './azure-reach.ts';
import { serviceOf } from './graph-service.ts';

export interface HealthPorts {
  readonly http: HttpGet;
  readonly clock: Clock;
  readonly catalogue: Catalogue | undefined;
  readonly account: Account;
  readonly reach: AzureReach | undefined;
  /** Why an address of a request may not be probed, as a sentence; undefined where it may. */
  readonly barred: (url: URL) => string | undefined;
}

/** Between the samples of an answer that somebody waits for. */
const SHORT_PAUSE_MS = 20;

/**
 * Is a service healthy where users see it? Judged as the tasks do, by the same samples and thresholds. `now` asks as often
 * in a row as the thresholds want; `over-time` at the interval of the probe, with its grace.
 */
export function healthCheck(ports: HealthPorts): Check {
  return {
    name: 'health',
    read: (question) => {
      const asked = readAsked(question, ports);
      return 'subject' in asked ? inquiry(asked, ports) : asked;
    },
  };
}

interface Asked {
  readonly subject: string;
  readonly health: HealthCheck;
  /** Where it is asked; of a service in Azure known only when Azure was asked. @throws RolloutError */
  readonly target: (signal: AbortSignal) => Promise<ProbeTarget>;
}

function inquiry({ subject, health, target }: Asked, { http, clock }: HealthPorts): Inquiry {
  let overTime: Look | undefined;
  return {
    subject,
    pauseMs: health.intervalMs,
    ask: async (how, signal) => {
      if (how === 'over-time') {
        overTime ??= observer(await target(signal), health, { http, clock });
        return verdictOf((await overTime(signal)).verdict);
      }
      const look = observer(await target(signal), { ...health, startupMs: 0 }, { http, clock }, signal);
      for (;;) {
        const { verdict } = await look();
        if (verdict.kind !== 'pending') return verdictOf(verdict);
        await clock.sleep(SHORT_PAUSE_MS, signal);
      }
    },
  };
}

function verdictOf({ kind, reason, version }: ProbeVerdict): Verdict {
  switch (kind) {
    case 'healthy':
      return { kind: 'pass', reason: `healthy${version === undefined ? '' : `, version ${version}`}: ${reason}` };
    case 'unhealthy':
      return { kind: 'fail', reason: `unhealthy: ${reason}` };
    case 'inconclusive':
    case 'pending':
      return { kind: 'not-yet', reason };
  }
}

const TEXTS = ['service', 'url', 'expectedVersion'] as const;

function readAsked(question: Question, ports: HealthPorts): Asked | NotAsked {
  const { texts, problems } = readTexts(question, TEXTS, ['probe', 'version']);
  if (problems.length > 0) return { problems };
  const { service, url, expectedVersion } = texts;
  if ((service === undefined) === (url === undefined))
    return { problems: ["the body needs 'service', a name of the graph file, or 'url', an address: one of the two"] };
  return service === undefined
    ? ofAddress(question, url!, expectedVersion, ports)
    : ofService(question, service, expectedVersion, ports);
}

function ofService(
  question: Question,
  name: string,
  expectedVersion: string | undefined,
  { catalogue, account, reach }: HealthPorts,
): Asked | NotAsked {
  const own = ['probe', 'version'].filter((one) => one in question);
  if (own.length > 0)
    return { problems: [`'${own.join("' and '")}' of a service stand in the graph file: leave them out of the body`] };
  const service = serviceOf(catalogue, name);
  if (typeof service === 'string') return { problems: [service] };
  const asked = askable(service, account);
  if (typeof asked === 'string') return { problems: [`'${name}': ${asked}`] };
  if (expectedVersion !== undefined && asked.health.version === undefined)
    return { problems: [`'${name}' does not say where it tells its version: add version: { path: /... } to it`] };
  if (asked.target !== null && reach === undefined)
    return { problems: [`where '${name}' runs is asked of Azure, for which this service has no account: ${ACCOUNT}`] };
  return {
    subject: `the health of ${name}`,
    health: asked.health,
    target: (signal) => targetOf(asked, expectedVersion, reach, signal),
  };
}

/** How the service gets to know Azure. */
export const ACCOUNT = 'start it with AZURE_SUBSCRIPTION_ID or --subscription';

async function targetOf(
  asked: Askable,
  expectedVersion: string | undefined,
  reach: AzureReach | undefined,
  signal: AbortSignal,
): Promise<ProbeTarget> {
  if (asked.target === null || reach === undefined)
    return probeTarget(asked.health, asked.health.path, expectedVersion);
  return await usersQuestion(asked, DEFAULT_SWAP_POLICY, reach(signal), expectedVersion);
}

/** What is not a service of the graph file: an address, with what a probe of the graph file may say. */
function ofAddress(
  question: Question,
  address: string,
  expectedVersion: string | undefined,
  { barred }: HealthPorts,
): Asked | NotAsked {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '')
    return { problems: ["'url' must be an http or https address without a user"] };
  const why = barred(url);
  if (why !== undefined) return { barred: why };
  const problems: string[] = [];
  const probe = part(question, 'probe', readProbe({ ...DEFAULT_PROBE, url: url.href }), problems) ?? DEFAULT_PROBE;
  const version = part(question, 'version', versionEndpoint, problems);
  if (expectedVersion !== undefined && version === undefined && problems.length === 0)
    problems.push(`'expectedVersion' needs 'version', which says where it is told: {"path": "/version"}`);
  const ownProbe = question['probe'];
  if (typeof ownProbe === 'object' && ownProbe !== null && ('url' in ownProbe || 'path' in ownProbe))
    problems.push("'probe' has no 'url' or 'path' of its own here: write the whole address as 'url'");
  // A body is kept with its evaluation, and shown in the settings of the check: no place for what opens something.
  if (typeof ownProbe === 'object' && ownProbe !== null && 'headers' in ownProbe)
    problems.push("'probe' has no 'headers' here: put the service into the graph file");
  if (problems.length > 0) return { problems };
  const health: HealthCheck = { ...probe, path: url.href, version };
  return {
    subject: `the health of ${url.host}${url.pathname}`,
    health,
    target: () => Promise.resolve(probeTarget(health, url.origin, expectedVersion)),
  };
}

/** Reads a part of a JSON body as the graph file would have it: JSON is YAML. */
function part<T>(question: Question, name: string, read: Read<T>, problems: string[]): T | undefined {
  if (!(name in question)) return undefined;
  const { root, findings } = readYaml(JSON.stringify(question[name]), { file: name, rule: 'body' });
  problems.push(...findings.map(({ message }) => `'${name}': ${message}`));
  return root === undefined ? undefined : read(root, name, (_, message) => void problems.push(message));
}
