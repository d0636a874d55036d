import { appNameOf } from '../../catalogue/import-fields.ts';
import type { DraftEnvironment, DraftService, GraphDraft } from '../../catalogue/draft.ts';
import type { Job, Pipeline, Stage } from '../../pipeline/model.ts';
import { findTargets, type Place, type Platform, type TargetStep } from '../../pipeline/targets.ts';
import { deployedBefore, waitsFor } from './deployed-before.ts';
import { nearest } from '../match/deployments.ts';
import { groupByEnvironment, shortNames } from './guess-names.ts';

/** Everything that a pipeline does to one place. */
interface Seen {
  readonly place: Place;
  readonly at: TargetStep[];
  /** Slots that releases are uploaded to. */
  readonly slots: Set<string>;
}

/** A draft, and what the pipeline deploys besides. */
export interface PipelineDraft extends GraphDraft {
  /** A sentence for each job that deploys what cannot be told; these are among the notes. */
  readonly untold: readonly string[];
}

/**
 * Drafts a service graph from what a pipeline deploys: a service for each place, an edge for what its stage or job waits
 * for now. Names that differ only by the word for an environment are taken for one service; comments say what was
 * guessed. The pipeline respects its own draft, so that the first finding is about a change.
 */
export function draftGraph(pipeline: Pipeline): PipelineDraft {
  const { targets } = findTargets(pipeline);
  const untold = untoldOf(pipeline, targets);
  const places = placesOf(targets);
  const groups = groupByEnvironment([...places.keys()]);
  const names = shortNames(
    groups.map(({ base }) => {
      const { app, platform } = places.get(base)!.place;
      return { key: base, app, exact: platform === 'kubernetes' };
    }),
  );
  const deployed = new Map<Stage | Job, string[]>();
  for (const { base } of groups)
    for (const { stage, job } of places.get(base)!.at)
      for (const node of [stage, job]) deployed.set(node, [...(deployed.get(node) ?? []), base]);
  const common = commonFields(groups.map(({ base }) => places.get(base)!.place));
  const services = groups.map(({ base }) => {
    const seen = places.get(base)!;
    const before = deployedBefore(pipeline, seen.at, deployed);
    // Of a service in several places, what lies beside each counts.
    const isBefore = (key: string): boolean => seen.at.every((at) => comesAfter(pipeline, at, places.get(key)!.at));
    return {
      ...describe(names.get(base)!, seen, common),
      dependsOn: before.keys.filter((key) => key !== base && isBefore(key)).map((key) => names.get(key)!),
      notes: [...describePlaces(seen), ...(before.implicit && before.keys.length > 0 ? [HABIT] : [])],
    };
  });
  const environments = environmentsOf(groups, names, places);
  const notes = [...notesOf(pipeline, environments), ...untold];
  return { services, environments, defaults: Object.entries(common), notes, untold };
}

function comesAfter(pipeline: Pipeline, after: TargetStep, befores: readonly TargetStep[]): boolean {
  const located = (at: TargetStep) => ({
    at,
    stage: at.stage,
    goesTo: at.target.kind === 'exposes' ? at.target : undefined,
  });
  const all = befores.map(located);
  const near = nearest(located(after), all);
  return near === all || near.some(({ at }) => waitsFor(pipeline, after, at));
}

const HABIT = 'Guessed: what it depends on, from the order of the stages alone, which may be a habit and no need.';

function placesOf(targets: readonly TargetStep[]): Map<string, Seen> {
  const places = new Map<string, Seen>();
  for (const at of targets) {
    const { target } = at;
    if (target.kind !== 'exposes' && target.kind !== 'uploads') continue;
    const key = `${target.platform}/${target.app.toLowerCase()}`;
    const seen = places.get(key) ?? { place: target, at: [], slots: new Set<string>() };
    places.set(key, {
      ...seen,
      place: {
        ...seen.place,
        resourceGroup: seen.place.resourceGroup ?? target.resourceGroup,
        connection: seen.place.connection ?? target.connection,
      },
    });
    if (target.kind === 'exposes') seen.at.push(at);
    else seen.slots.add(target.slot);
  }
  return places;
}

/** What all places share goes to `defaults`. */
function commonFields(places: readonly Place[]): Record<string, string> {
  const inAzure = places.filter(({ platform }) => KINDS[platform] !== 'command' && platform !== 'database');
  const shared = (key: 'resourceGroup' | 'connection'): [string, string][] => {
    const values = new Set(inAzure.map((place) => place[key]));
    const [only] = values;
    return values.size === 1 && only !== undefined ? [[key, only]] : [];
  };
  return Object.fromEntries([...shared('resourceGroup'), ...shared('connection')]);
}

const KINDS: Readonly<Record<Platform, string>> = {
  appService: 'appService',
  containerApp: 'containerApp',
  staticWebApp: 'staticWebApp',
  database: 'database',
  kubernetes: 'command',
};

type Fields = DraftService['fields'];

/** What the graph file says of a place, for each platform. */
const FIELDS: Readonly<Record<Platform, (seen: Seen, common: Record<string, string>) => Fields>> = {
  appService: ({ place, slots }, common) => {
    const [slot] = slots;
    const slotField = slot === undefined || slot === 'staging' ? [] : [['slot', slot] as const];
    return [...appFields(place, common), ...slotField];
  },
  containerApp: ({ place }, common) => appFields(place, common),
  staticWebApp: ({ place }, common) => appFields(place, common),
  database: ({ place: { app, server } }) => [
    ...(server === undefined ? [] : [['server', server.replace(/^tcp:/i, '')] as const]),
    ['database', app],
  ],
  // What this runs only waits for what the pipeline has brought.
  kubernetes: ({ place: { app } }) => [['run', ['kubectl', 'rollout', 'status', `deployment/${app}`]]],
};

function appFields(place: Place, common: Record<string, string>): Fields {
  const own = (['resourceGroup', 'connection'] as const).flatMap((key) => {
    const value = place[key];
    return value === undefined || common[key] === value ? [] : [[key, value] as const];
  });
  return [['app', appNameOf(place.app) ?? place.app], ...own];
}

function describe(name: string, seen: Seen, common: Record<string, string>): Omit<DraftService, 'dependsOn' | 'notes'> {
  const { platform } = seen.place;
  return { name, kind: KINDS[platform], fields: FIELDS[platform](seen, common) };
}

function describePlaces({ at, slots, place }: Seen): string[] {
  const where = at.map(
    ({ stage, job, step, task }) =>
      `${task} in ${stage.named ? `stage ${stage.name}, ` : ''}job ${job.name}, line ${step.line}`,
  );
  const upload = [...slots].join(', ');
  if (where.length === 0)
    return [`Uploaded to slot ${upload} only: nothing in this pipeline puts it before its users.`];
  const replace = place.platform === 'kubernetes' ? ['Guessed: what is run; it only waits for the workload.'] : [];
  return [`Deployed by ${where.join('; ')}.`, ...replace];
}

function environmentsOf(
  groups: ReturnType<typeof groupByEnvironment>,
  nameOf: ReadonlyMap<string, string>,
  places: ReadonlyMap<string, Seen>,
): DraftEnvironment[] {
  const found = new Map<string, DraftEnvironment['services'][number][]>();
  for (const { base, others } of groups)
    for (const { environment, key } of others) {
      const { place } = places.get(key)!;
      const list = found.get(environment) ?? [];
      // What is production's by default must not reach into another environment.
      const own = (['resourceGroup', 'connection'] as const).flatMap((field) => {
        const value = place.platform === 'database' ? undefined : place[field];
        return value === undefined ? [] : [[field, value] as const];
      });
      const app =
        place.platform === 'database'
          ? (['database', place.app] as const)
          : (['app', appNameOf(place.app) ?? place.app] as const);
      list.push({ name: nameOf.get(base)!, fields: [app, ...own] });
      found.set(environment, list);
    }
  return [...found].map(([name, services]) => ({ name, services }));
}

function notesOf(pipeline: Pipeline, environments: readonly DraftEnvironment[]): string[] {
  return [
    `Drafted from ${pipeline.file}: what it deploys, and in which order it does so now.`,
    'Look at every edge: a service depends on another when it needs a release of it to be out first.',
    ...(environments.length > 0
      ? ['Guessed: which apps are the same service in another environment, by their names.']
      : []),
  ];
}

/** One sentence a job and place, however many stages a template is used in. */
function untoldOf(pipeline: Pipeline, targets: readonly TargetStep[]): string[] {
  const found = targets.flatMap(({ target, stage, job, step }) => {
    if (target.kind !== 'unknown') return [];
    const where = step.file === pipeline.file ? `Line ${step.line}` : `${step.file}:${step.line}`;
    const owner = `{ ${pipeline.staged ? `stage: ${stage.name}, ` : ''}job: ${job.name} }`;
    return [`${where} deploys what could not be told. Add the service, with deployedBy: ${owner}.`];
  });
  return [...new Set(found)];
}
