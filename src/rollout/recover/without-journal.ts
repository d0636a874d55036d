import { hasApp, type AppBearing, type Catalogue } from '../../catalogue/model.ts';
import { RolloutError } from '../errors.ts';
import { exposesOf, kindOf } from '../kinds/table.ts';
import type { PlannedTarget } from '../plan/plan.ts';
import type { RolloutPorts } from '../ports.ts';
import type { SwapPolicy } from '../way/policy.ts';
import type { RollbackResult, UndoneService } from './rollback-result.ts';

/** A service without a journal, and the release that a person says is to be restored; undefined: only look. */
export interface Stranded {
  readonly app: PlannedTarget;
  readonly restore: string | undefined;
}

/**
 * With no journal nothing proves what was in production before. So what is in place is observed and explained, and nothing is
 * changed unless a person names the release: then what waits must report exactly that one and pass the same gate as any
 * promotion.
 */
export async function restoreWithoutJournal(
  stranded: readonly Stranded[],
  policy: SwapPolicy,
  reason: string,
  ports: RolloutPorts,
): Promise<RollbackResult> {
  const services: UndoneService[] = [];
  for (const { app, restore } of stranded) {
    const exposes = exposesOf(app.target);
    const seen = `${(await exposes.look(app, ports)).sentence}.`;
    if (restore === undefined) {
      const restorable = `To restore what waits beside it, name the release that it reports: force: ${app.name}=VERSION (--force ${app.name}=VERSION)`;
      const how = exposes.restore === undefined ? `To change it by hand: ${exposes.byHand(app.target)}` : restorable;
      services.push({ service: app.name, outcome: 'kept', reason: `${seen} Nothing was changed. ${how}` });
      continue;
    }
    if (exposes.restore === undefined) {
      const reason = `${seen} Without a journal nothing tells what a ${app.kind} had before, so it is not restored from here. To change it by hand: ${exposes.byHand(app.target)}`;
      services.push({ service: app.name, outcome: 'refused', reason });
      continue;
    }
    if (app.health.version === undefined) {
      services.push({
        service: app.name,
        outcome: 'refused',
        reason: `${seen} It tells no version, so it could not be known that '${restore}' is what would be restored: add version to it in the graph file.`,
      });
      continue;
    }
    const result = await exposes.restore(
      app,
      { version: restore, policy, why: `restore ${restore} without a journal: ${reason}` },
      ports,
    );
    const why =
      result.outcome === 'refused'
        ? result.refusals.map(({ message }) => message).join(' ')
        : `${seen} ${'reason' in result ? result.reason : ''}`;
    services.push({ service: app.name, outcome: OUTCOMES[result.outcome], reason: why });
  }
  const changed = services.some(({ outcome }) => outcome !== 'kept');
  const left = services.filter(({ outcome }) => outcome !== 'undone' && outcome !== 'kept');
  const summary = services.map(({ service, outcome, reason: why }) => `${service} ${outcome}: ${why}`).join(' ');
  return { outcome: left.length > 0 ? 'person' : changed ? 'rolled-back' : 'nothing', reason: summary, services };
}

const OUTCOMES = {
  promoted: 'undone',
  refused: 'refused',
  restored: 'not-undone',
  unhealthy: 'unknown',
  'in-place-not-yet-healthy': 'undone-not-yet-healthy',
  'restored-not-yet-healthy': 'not-undone',
  superseded: 'unknown',
  unknown: 'unknown',
  previewed: 'unknown',
  cancelled: 'unknown',
} as const;

/**
 * The apps of a graph file, as far as they can be looked at: no packages, no plan.
 * @param force releases to restore, by service
 * @throws RolloutError `bad-input` for names that the graph does not have, and apps without a resource group
 */
export function strandedApps(
  catalogue: Catalogue,
  force: Readonly<Record<string, string>>,
  subscription: string,
): readonly Stranded[] {
  const apps = catalogue.services.filter(hasApp).flatMap((service) => {
    const exposes = kindOf(service.kind)?.exposes;
    return exposes === undefined ? [] : [{ service, exposes, name: service.name }];
  });
  const names = Object.keys(force);
  const problems = names
    .filter((name) => apps.every((app) => app.name !== name))
    .map(
      (name) =>
        `force: '${name}' is not an app of ${catalogue.file}. It has: ${apps.map((app) => app.name).join(', ')}.`,
    );
  const chosen = apps.filter(({ name }) => names.length === 0 || names.includes(name));
  const account = { subscription, resourceGroup: undefined };
  const stranded = chosen.flatMap(({ service, exposes, name }) => {
    const target = exposes.target(service, account);
    if (typeof target !== 'string') return [{ app: asPlanned(service, target), restore: force[name] }];
    problems.push(`'${name}' ${target}`);
    return [];
  });
  if (problems.length > 0) throw new RolloutError({ code: 'bad-input', problems });
  return stranded;
}

/** No package and no plan: what is needed to look at it. */
function asPlanned(
  { kind, name, probe: { url, path, ...probe }, version }: AppBearing,
  target: PlannedTarget['target'],
): PlannedTarget {
  const health = { ...probe, path: url ?? path, version };
  const release = { version: null, digest: null };
  return { kind, name, dependsOn: [], release, pointOfNoReturn: false, target, health };
}
