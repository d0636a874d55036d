import semver from 'semver';
import { travelsInside, hasApp, isNamedByRun, type Catalogue, type Service } from '../../catalogue/model.ts';
import type { Target } from '../../journal/entry.ts';
import type { ProbeTarget } from '../../probe/sample.ts';
import { watchUntilDecided } from '../../probe/watch.ts';
import { RolloutError } from '../errors.ts';
import { kindOf } from '../kinds/table.ts';
import type { RolloutPorts } from '../ports.ts';
import { probeTarget, type HealthCheck, type SwapPolicy } from '../way/policy.ts';
import type { Account, Precondition } from '../plan/plan.ts';

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
  const { name: needs, kind } = other;
  if (!hasApp(other)) return `a ${kind} cannot be asked whether it is out; add '${needs}' to deploys`;
  const { url, path, ...probe } = other.probe;
  if (url === undefined && isNamedByRun(other.app))
    return `its app '${other.app}' is known to a run of its own pipeline only: write the name of the app, or give its probe a url`;
  const target = url === undefined ? kindOf(kind)?.exposes?.target(other, account) : null;
  if (target === undefined) return `the address of a ${kind} is not known: give its probe a url`;
  if (typeof target === 'string') return `it ${target}`;
  if (range !== undefined && other.version === undefined)
    return `it does not say where it tells its version, which has to be in ${range}: add version: { path: /... } to it`;
  return {
    service,
    needs,
    range: range ?? null,
    target,
    health: { ...probe, path: url ?? path, version: other.version, healthyThreshold: 1, startupMs: 0 },
  };
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
    const question =
      target === null
        ? probeTarget(health, health.path, undefined)
        : await questionFor(target, health, needs, policy, ports);
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

/** Users' side of another service, as its kind finds it. */
async function questionFor(
  target: Target,
  health: HealthCheck,
  needs: string,
  policy: SwapPolicy,
  ports: RolloutPorts,
): Promise<ProbeTarget> {
  const release = { version: null, digest: null };
  const request = { promotion: 'none', service: needs, target, release, health, expectedVersion: undefined, policy };
  const context = kindOf(target.kind)?.exposes?.context(request, ports);
  if (context === undefined)
    throw new RolloutError({ code: 'unreadable', what: needs, detail: `its kind ${target.kind} is not known here` });
  return context.way.question(health, context.way.facing(await context.observe()), undefined);
}
