import type { TrafficShare } from '../../journal/traffic.ts';
import type { AppObservation, RevisionObservation } from '../../rollout/kinds/container-app/ports.ts';
import { property, textOf } from '../arm/arm-answer.ts';

/** States in which Azure is not changing an app (documented). */
const AT_REST = /^(succeeded|failed|canceled)$/i;

/** Pure: an app by its resource (GET, recorded) and its revisions. */
export function readApp(resource: unknown, revisions: readonly RevisionObservation[]): AppObservation {
  const properties = property(resource, 'properties');
  const configuration = property(properties, 'configuration');
  const ingress = property(configuration, 'ingress');
  const provisioning = textOf(properties, 'provisioningState');
  return {
    url: hostOf(ingress),
    mode: textOf(configuration, 'activeRevisionsMode') ?? 'unknown',
    running: textOf(properties, 'runningStatus'),
    operation: provisioning === null || AT_REST.test(provisioning) ? null : provisioning,
    traffic: readTraffic(property(ingress, 'traffic')),
    latestRevision: textOf(properties, 'latestRevisionName'),
    latestReadyRevision: textOf(properties, 'latestReadyRevisionName'),
    lastChange: readLastChange(property(resource, 'systemData')),
    template: recordOf(property(properties, 'template')),
    revisions,
  };
}

/** Pure: the array as Azure answers it: an entry names a revision, or follows the latest. */
function readTraffic(value: unknown): TrafficShare[] {
  if (!Array.isArray(value)) return [];
  return value.map((entry: unknown): TrafficShare => {
    const weight = Number(property(entry, 'weight') ?? 0);
    return {
      revision: property(entry, 'latestRevision') === true ? null : textOf(entry, 'revisionName'),
      weight: Number.isFinite(weight) ? weight : 0,
      label: textOf(entry, 'label'),
    };
  });
}

/** Pure: the array as Azure takes it. */
export function trafficBody(traffic: readonly TrafficShare[]): unknown {
  const entries = traffic.map(({ revision, weight, label }) => ({
    ...(revision === null ? { latestRevision: true } : { revisionName: revision }),
    weight,
    ...(label === null ? {} : { label }),
  }));
  return { ingress: { traffic: entries } };
}

/** Pure: the list of revisions (GET, recorded), oldest first as it comes. */
export function readRevisions(list: unknown): RevisionObservation[] {
  const value = property(list, 'value');
  return Array.isArray(value) ? value.map(readRevision) : [];
}

function readRevision(revision: unknown): RevisionObservation {
  const properties = property(revision, 'properties');
  const problem = [textOf(properties, 'provisioningError'), textOf(properties, 'runningStateDetails')];
  const weight = property(properties, 'trafficWeight');
  return {
    name: textOf(revision, 'name') ?? '',
    created: textOf(properties, 'createdTime'),
    url: hostOf(properties),
    active: property(properties, 'active') === true,
    weight: typeof weight === 'number' ? weight : 0,
    health: textOf(properties, 'healthState'),
    provisioning: textOf(properties, 'provisioningState'),
    running: textOf(properties, 'runningState'),
    problem: problem.filter((text) => text !== null).join('; ') || null,
    images: imagesOf(property(property(properties, 'template'), 'containers')),
  };
}

function imagesOf(containers: unknown): Record<string, string> {
  if (!Array.isArray(containers)) return {};
  return Object.fromEntries(containers.map((one: unknown) => [textOf(one, 'name') ?? '', textOf(one, 'image') ?? '']));
}

function readLastChange(systemData: unknown): string | null {
  const [by, at] = [textOf(systemData, 'lastModifiedBy'), textOf(systemData, 'lastModifiedAt')];
  return at === null ? null : `${by === null ? '' : `by ${by} `}at ${at} by Azure's clock`;
}

function hostOf(owner: unknown): string | null {
  const fqdn = textOf(owner, 'fqdn');
  return fqdn === null ? null : `https://${fqdn}`;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
