import { hasApp, isNamedByRun, type Service } from '../../catalogue/model.ts';
import type { Target } from '../../journal/entry.ts';
import type { ProbeTarget } from '../../probe/sample.ts';
import { RolloutError } from '../errors.ts';
import { exposesOf, kindOf } from '../kinds/table.ts';
import type { Account } from '../plan/plan.ts';
import type { RolloutPorts } from '../ports.ts';
import { probeTarget, type HealthCheck, type SwapPolicy } from '../way/policy.ts';

/** How a service of the graph file is asked for its health where users see it. */
export interface Askable {
  readonly name: string;
  /** Where it runs; null where its probe has an address of its own. */
  readonly target: Target | null;
  readonly health: HealthCheck;
}

/** Pure: how a service can be asked, or why it cannot: to be read after its name. */
export function askable(service: Service, account: Account): Askable | string {
  const { name, kind } = service;
  if (!hasApp(service)) return `a ${kind} cannot be asked whether it is out`;
  const { url, path, ...probe } = service.probe;
  if (url === undefined && isNamedByRun(service.app))
    return `its app '${service.app}' is known to a run of its own pipeline only: write the name of the app, or give its probe a url`;
  const target = url === undefined ? kindOf(kind)?.exposes?.target(service, account) : null;
  if (target === undefined) return `the address of a ${kind} is not known: give its probe a url`;
  if (typeof target === 'string') return `it ${target}`;
  return { name, target, health: { ...probe, path: url ?? path, version: service.version } };
}

/**
 * Users' side of a service, as its kind finds it.
 * @param expectedVersion undefined: any, but it is recorded
 * @throws RolloutError when the target cannot be read
 */
export async function usersQuestion(
  { name, target, health }: Askable,
  policy: SwapPolicy,
  ports: RolloutPorts,
  expectedVersion?: string,
): Promise<ProbeTarget> {
  if (target === null) return probeTarget(health, health.path, expectedVersion);
  const release = { version: null, digest: null };
  const request = { promotion: 'none', service: name, target, release, health, expectedVersion, policy };
  if (kindOf(target.kind)?.exposes === undefined)
    throw new RolloutError({ code: 'unreadable', what: name, detail: `its kind ${target.kind} is not known here` });
  const context = exposesOf(target).context(request, ports);
  return context.way.question(health, context.way.facing(await context.observe()), expectedVersion);
}
