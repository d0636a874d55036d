import { randomInt } from 'node:crypto';
import type { RunningApp } from '../apps/app-process.ts';
import type { Image } from '../apps/images.ts';
import type { JsonObject } from '../json/json.ts';

/** One row of `ingress.traffic`, as the service answers it. */
export interface TrafficEntry {
  readonly revisionName?: string;
  /** Stays symbolic: its weight is that of whichever revision is the latest that became ready. */
  readonly latestRevision?: true;
  readonly weight: number;
  readonly label?: string;
}

export interface Revision {
  readonly name: string;
  /** Of the revision's own host. */
  readonly port: number;
  readonly createdAt: Date;
  /** Without the suffix. */
  readonly template: JsonObject;
  /** Undefined while there is none of that name; each start looks again. */
  image: Image | undefined;
  active: boolean;
  state: 'provisioning' | 'provisioned' | 'failed';
  /** Why it failed, in the service's own short form: `orderContainerCrashing`. */
  failure: string | undefined;
  process: RunningApp | undefined;
  /** How many more requests at the app's host it survives; undefined: all. */
  survives: number | undefined;
}

/** Weights by revision that have really come to hold at the host of the app, in the order in which they did. */
export interface EffectiveShift {
  readonly at: string;
  readonly weights: Readonly<Record<string, number>>;
}

/** What a client has written: the body of the resource without what the service adds. Complete and checked. */
export interface AppDocument {
  readonly location: string;
  readonly tags: JsonObject;
  readonly identity: JsonObject;
  /** `properties` beside configuration and template: environment, workload profile. */
  readonly rest: JsonObject;
  /** Without `ingress.traffic`; secrets with their values, which no answer shows. */
  readonly configuration: JsonObject;
  readonly mode: 'Single' | 'Multiple';
  /** Null: nobody reaches the app from outside. */
  readonly ingress: JsonObject | null;
  readonly traffic: readonly TrafficEntry[];
  readonly template: JsonObject;
}

export interface ContainerApp {
  readonly name: string;
  readonly resourceGroup: string;
  readonly hostName: string;
  /** Of the host of the app. */
  readonly port: number;
  readonly createdAt: Date;
  /** Ports of the hosts of labels; a label that goes leaves its host behind, for when it comes back. */
  readonly labelPorts: Map<string, number>;
  /** Oldest first. */
  readonly revisions: Revision[];
  readonly shifts: EffectiveShift[];
  document: AppDocument;
  /** What the host of the app goes by: the traffic of the document once the operation that brought it has got there. */
  routed: readonly TrafficEntry[];
  provisioningState: 'InProgress' | 'Succeeded' | 'Failed' | 'Deleting';
  latestRevisionName: string;
  latestReadyRevisionName: string;
  /** The one that runs. */
  operation: { readonly id: string } | undefined;
  modifiedAt: Date;
  /** By the monotonic clock; until then the host of the app answers 404. */
  goneUntil: number;
}

export function findRevision(app: Pick<ContainerApp, 'revisions'>, name: string): Revision | undefined {
  return app.revisions.find((one) => one.name === name.toLowerCase());
}

/** The revision that a row of traffic means now. */
export function revisionOf(app: ContainerApp, entry: TrafficEntry): Revision | undefined {
  return findRevision(app, entry.latestRevision === true ? app.latestReadyRevisionName : (entry.revisionName ?? ''));
}

/** The weights at the host of the app, by revision. In single mode the latest that is ready has it all. */
export function weightsOf(app: ContainerApp): Map<string, number> {
  const weights = new Map<string, number>();
  if (app.document.mode === 'Single') {
    return app.latestReadyRevisionName === '' ? weights : weights.set(app.latestReadyRevisionName, 100);
  }
  for (const entry of app.routed) {
    const revision = revisionOf(app, entry);
    if (revision !== undefined) weights.set(revision.name, (weights.get(revision.name) ?? 0) + entry.weight);
  }
  return weights;
}

/** The revision behind a label. */
export function labelledRevision(app: ContainerApp, label: string): Revision | undefined {
  const entry = app.routed.find((one) => one.label === label);
  return entry === undefined ? undefined : revisionOf(app, entry);
}

/** The container that is run: the first. What stands beside it in a template is kept, and not started. */
export function mainContainer(template: JsonObject): JsonObject {
  return (template['containers'] as JsonObject[])[0] ?? {};
}

/** Seven letters and digits, as the service makes them up for a revision without a suffix. */
export function madeUpSuffix(): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: 7 }, () => alphabet[randomInt(alphabet.length)]).join('');
}
