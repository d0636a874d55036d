import type { Catalogue } from '../../catalogue/model.ts';
import { isOneOf } from '../../gate/host-pattern.ts';
import type { AlertSource, QualitySource } from '../../gate/sources.ts';
import type { Check } from '../../gate/verdict.ts';
import { recorder } from '../../journal/recorder.ts';
import { barredAddress, type Admit } from '../../probe/admitted.ts';
import type { HttpGet } from '../../probe/http.ts';
import { journalLocks } from '../../rollout/fence/journal-locks.ts';
import type { Account } from '../../rollout/plan/plan.ts';
import type { RolloutPorts } from '../../rollout/ports.ts';
import type { Clock } from '../../time/clock.ts';
import { alertsCheck } from './alerts.ts';
import type { AzureReach } from './azure-reach.ts';
import { healthCheck } from './health.ts';
import { orderCheck, type CheckOrderAt } from './order.ts';
import { rolloutStateCheck, type ReadRun } from './rollout-state.ts';
import { routingCheck } from './routing.ts';
import { sonarqubeCheck } from './sonarqube.ts';

/** What checks ask. What is undefined was not set up, and a check that needs it refuses its questions with the cure. */
export interface CheckPorts {
  readonly clock: Clock;
  /** For probes: connects to what `admit` lets it. */
  readonly http: HttpGet;
  readonly admit: Admit;
  /** Patterns of hosts that a request may name. */
  readonly probeHosts: readonly string[];
  readonly catalogue: Catalogue | undefined;
  readonly account: Account;
  readonly hosts: RolloutPorts['host'] | undefined;
  readonly alerts: AlertSource | undefined;
  readonly readRun: ReadRun | undefined;
  readonly quality: QualitySource | undefined;
  readonly order: CheckOrderAt | undefined;
}

/** Every check, by its name: a file beside this one, and a line here. */
export function checkTable(ports: CheckPorts): ReadonlyMap<string, Check> {
  const { catalogue, account, alerts, readRun, quality, order } = ports;
  const reach = reachOf(ports);
  const checks = [
    healthCheck({ ...ports, reach, barred: (url) => barredHost(url, ports) }),
    routingCheck({ catalogue, account, reach }),
    rolloutStateCheck(readRun),
    alertsCheck({ catalogue, account, source: alerts }),
    sonarqubeCheck(quality),
    orderCheck(order),
  ];
  return new Map(checks.map((check) => [check.name, check]));
}

function barredHost({ hostname }: URL, { probeHosts, admit }: CheckPorts): string | undefined {
  if (!isOneOf(hostname, probeHosts)) {
    const hosts = probeHosts.length === 0 ? 'none is' : `those are ${probeHosts.join(', ')}`;
    return `${hostname} is no host that a request may name (${hosts}): add it to --probe-hosts, or put the service into the graph file`;
  }
  return barredAddress(hostname, admit)?.message;
}

/** Azure for looks alone. Who would write to this journal, or lock by it, has a bug. */
function reachOf({ hosts, http, clock }: CheckPorts): AzureReach | undefined {
  if (hosts === undefined) return undefined;
  const nothing = (): Promise<never> => Promise.reject(new Error('a check writes no journal'));
  const journal = recorder({ append: nothing, read: nothing }, clock, 'gate', 'gate');
  const locks = journalLocks(journal, clock);
  return (signal) => ({ host: hosts, http, clock, journal, locks, tell: () => undefined, signal });
}
