import { conditionOf } from './condition.ts';
import {
  labelledRevision,
  weightsOf,
  type ContainerApp,
  type EffectiveShift,
  type TrafficEntry,
} from '../../state/container-app.ts';

/** What a revision is and runs at this moment. */
export interface RevisionSnapshot {
  readonly url: string;
  readonly active: boolean;
  readonly image: string | null;
  /** `version` in the package.json of the image. */
  readonly release: string | null;
  /** The share of the requests at the host of the app that it really gets. */
  readonly weight: number;
  readonly healthState: string;
  readonly provisioningState: string;
  readonly runningState: string;
  readonly pid: number | null;
  /** The end of what its process has written. */
  readonly output: string;
}

export interface ContainerAppSnapshot {
  readonly name: string;
  readonly resourceGroup: string;
  readonly url: string;
  readonly mode: 'Single' | 'Multiple';
  readonly provisioningState: string;
  readonly operationId: string | null;
  readonly latestRevision: string;
  readonly latestReadyRevision: string;
  /** As it was written last; `weight` of the revisions says what holds. */
  readonly traffic: readonly TrafficEntry[];
  readonly revisions: Readonly<Record<string, RevisionSnapshot>>;
  readonly labels: Readonly<Record<string, { readonly url: string; readonly revision: string | null }>>;
  /** Weights that have really come to hold, oldest first, whatever the operations said. */
  readonly shifts: readonly EffectiveShift[];
}

export function containerAppSnapshot(app: ContainerApp): ContainerAppSnapshot {
  const weights = weightsOf(app);
  const url = (port: number): string => `https://${app.hostName}:${port}`;
  const revisions = app.revisions.map((one): [string, RevisionSnapshot] => {
    const { healthState, provisioningState, runningState } = conditionOf(one);
    return [
      one.name,
      {
        url: url(one.port),
        active: one.active,
        image: one.image?.reference ?? null,
        release: one.image?.release ?? null,
        weight: weights.get(one.name) ?? 0,
        healthState,
        provisioningState,
        runningState,
        pid: one.process?.pid ?? null,
        output: one.process?.output ?? '',
      },
    ];
  });
  const labels = [...app.labelPorts].map(([label, port]) => [
    label,
    { url: url(port), revision: labelledRevision(app, label)?.name ?? null },
  ]);
  return {
    name: app.name,
    resourceGroup: app.resourceGroup,
    url: url(app.port),
    mode: app.document.mode,
    provisioningState: app.provisioningState,
    operationId: app.operation?.id ?? null,
    latestRevision: app.latestRevisionName,
    latestReadyRevision: app.latestReadyRevisionName,
    traffic: app.document.traffic,
    revisions: Object.fromEntries(revisions),
    labels: Object.fromEntries(labels) as ContainerAppSnapshot['labels'],
    shifts: [...app.shifts],
  };
}
