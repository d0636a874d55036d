import type { AppService, Catalogue } from '../../catalogue/model.ts';
import { RolloutError } from '../errors.ts';
import { lookAtSlots } from '../kinds/app-service/look-at-slots.ts';
import { plannedApp, type PlannedApp } from '../plan/plan.ts';
import type { RolloutPorts } from '../ports.ts';
import type { SwapPolicy, SwapRequest } from '../promotion/policy.ts';
import { swapRecorded } from '../kinds/app-service/swap-recorded.ts';
import type { RollbackResult, UndoneService } from './roll-back.ts';

/** A service without a journal, and the release that a person says is to be restored; undefined: only look. */
export interface Stranded {
  readonly app: PlannedApp;
  readonly restore: string | undefined;
}

/**
 * With no journal nothing proves what was in production before. So the slots are observed and explained, and nothing is
 * changed unless a person names the release: then the source slot must report exactly that one and pass the same gate
 * as any promotion.
 */
export async function restoreWithoutJournal(
  stranded: readonly Stranded[],
  policy: SwapPolicy,
  reason: string,
  ports: RolloutPorts,
): Promise<RollbackResult> {
  const services: UndoneService[] = [];
  for (const { app, restore } of stranded) {
    const seen = `${(await lookAtSlots(app, ports)).sentence}.`;
    if (restore === undefined) {
      services.push({
        service: app.name,
        outcome: 'kept',
        reason: `${seen} Nothing was changed. To restore what slot '${app.target.source}' holds, name the release that it reports: force: ${app.name}=VERSION (--force ${app.name}=VERSION)`,
      });
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
    const request = requestOf(app, policy, `force-${app.name}-${ports.journal.run}`, restore);
    const result = await swapRecorded(request, ports, {
      action: 'swap',
      why: `restore ${restore} without a journal: ${reason}`,
      place: undefined,
    });
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
  const apps = catalogue.services.filter((service): service is AppService => service.kind === 'appService');
  const names = Object.keys(force);
  const problems = names
    .filter((name) => apps.every((app) => app.name !== name))
    .map(
      (name) =>
        `force: '${name}' is not an app of ${catalogue.file}. It has: ${apps.map((app) => app.name).join(', ')}.`,
    );
  const chosen = apps.filter(({ name }) => names.length === 0 || names.includes(name));
  const stranded = chosen.flatMap((service) => {
    const { name, resourceGroup } = service;
    if (resourceGroup === undefined) {
      problems.push(`'${name}' has no resource group: add resourceGroup to it or to defaults.`);
      return [];
    }
    const base = { name, dependsOn: [], release: { version: null, digest: null }, pointOfNoReturn: false };
    return [{ app: plannedApp(service, base, subscription, resourceGroup, null), restore: force[name] }];
  });
  if (problems.length > 0) throw new RolloutError({ code: 'bad-input', problems });
  return stranded;
}

function requestOf(
  { name, target, release, health }: PlannedApp,
  policy: SwapPolicy,
  promotion: string,
  version: string | undefined,
): SwapRequest {
  return {
    promotion,
    service: name,
    target,
    release: { ...release, version: version ?? null, digest: null },
    health,
    expectedVersion: version,
    policy,
  };
}
