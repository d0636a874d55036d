import semver from 'semver';
import { travelsInside, hasApp, type Catalogue, type Service } from '../../catalogue/model.ts';
import { watchUntilDecided } from '../../probe/watch.ts';
import { RolloutError } from '../errors.ts';
import type { RolloutPorts } from '../ports.ts';
import type { SwapPolicy } from '../way/policy.ts';
import type { Account, Precondition } from '../plan/plan.ts';
import { askable, usersQuestion } from './ask-service.ts';

/** True when another pipeline answers for the service: `deploys` says which are this one's. */
export function isElsewhere({ deploys }: Catalogue, service: string): boolean {
  return deploys !== undefined && !deploys.includes(service);
}

/**
 * The edges from services of a plan to those that other pipelines deploy, through packages, which travel inside their
 * consumers. What cannot be asked at run time is a problem: an edge that nobody checks is not a condition.
 */
export function preconditionsOf(
  catalogue: Catalogue,
  chosen: readonly Service[],
  account: Account,
  problems: string[],
): Precondition[] {
  const known = new Map(catalogue.services.map((service) => [service.name, service]));
  return chosen.flatMap((service) => {
    const found: Precondition[] = [];
    const seen = new Set<string>();
    const waiting = [...service.dependsOn];
    for (const { service: needs, range } of waiting) {
      const other = known.get(needs);
      if (other === undefined || seen.has(needs) || !isElsewhere(catalogue, needs)) continue;
      seen.add(needs);
      // Its own version is checked with the plan; what it needs itself is needed by whoever carries it.
      if (travelsInside(other)) waiting.push(...other.dependsOn);
      else {
        const asked = conditionFor(service, other, range, account);
        if (typeof asked === 'string') problems.push(`'${service.name}' needs ${needs}, ${ELSEWHERE}${asked}`);
        else found.push(asked);
      }
    }
    return found;
  });
}

const ELSEWHERE = 'which another pipeline deploys, and ';

function conditionFor(
  { name: service }: Service,
  other: Service,
  range: string | undefined,
  account: Account,
): Precondition | string {
  const asked = askable(other, account);
  const { name: needs } = other;
  if (typeof asked === 'string') return hasApp(other) ? asked : `${asked}; add '${needs}' to deploys`;
  const { target, health } = asked;
  if (range !== undefined && health.version === undefined)
    return `it does not say where it tells its version, which has to be in ${range}: add version: { path: /... } to it`;
  return { service, needs, range: range ?? null, target, health: { ...health, healthyThreshold: 1, startupMs: 0 } };
}

/** A condition that does not hold, with the reason in words. */
export interface Unmet {
  readonly precondition: Precondition;
  readonly reason: string;
}

/** Asks each dependency once for its health and its version. Changes nothing. */
export async function unmetPreconditions(
  preconditions: readonly Precondition[],
  policy: SwapPolicy,
  ports: RolloutPorts,
): Promise<Unmet[]> {
  const judged = await Promise.all(
    preconditions.map(async (precondition) => {
      const reason = await judge(precondition, policy, ports);
      const { service, needs, range } = precondition;
      const what = range === null ? needs : `${needs}@${range}`;
      const message = reason === undefined ? `needs ${what}: holds` : `needs ${what}, but ${reason}`;
      const level = reason === undefined ? 'info' : 'error';
      await ports.tell({ step: 'plan', level, service, message, at: ports.clock.now() });
      return reason === undefined ? [] : [{ precondition, reason: message }];
    }),
  );
  return judged.flat();
}

/** Why the condition does not hold, or undefined when it does. */
async function judge(
  { target, health, range, needs }: Precondition,
  policy: SwapPolicy,
  ports: RolloutPorts,
): Promise<string | undefined> {
  let verdict;
  try {
    const question = await usersQuestion({ name: needs, target, health }, policy, ports);
    verdict = await watchUntilDecided(question, health, ports, policy.gateLimitMs, ports.signal);
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    return `it could not be asked: ${error.message}`;
  }
  const { kind, reason, version } = verdict;
  if (kind !== 'healthy') return `it is ${kind}: ${reason}`;
  if (range === null) return undefined;
  if (version === undefined || semver.valid(version) === null)
    return `it reports ${version === undefined ? 'no version' : `version '${version.slice(0, 60)}', which is none`}`;
  return semver.satisfies(version, range) ? undefined : `it is at ${version}`;
}
