import type { DraftEnvironment, DraftMapping, DraftService, GraphDraft } from '../../catalogue/draft.ts';
import type { Job, Pipeline, Stage } from '../../pipeline/model.ts';
import { findTargets, type TargetStep } from '../../pipeline/targets.ts';
import { deployedBefore, waitsFor } from './deployed-before.ts';
import { nearest } from '../match/deployments.ts';
import { groupByEnvironment, shortNames, type Group } from './guess-names.ts';
import { jobServices } from './job-services.ts';
import { commonFields, FIELDS, KINDS, overlayOf, placesOf, type Seen } from './places.ts';

/** One service of a draft: where it is deployed, in production and elsewhere. */
interface Unit {
  readonly key: string;
  readonly name: string;
  readonly service: Omit<DraftService, 'name' | 'dependsOn'>;
  readonly at: readonly TargetStep[];
  readonly elsewhere: readonly {
    readonly environment: string;
    readonly at: readonly TargetStep[];
    readonly fields: DraftService['fields'];
  }[];
}

/**
 * Drafts a service graph from what a pipeline deploys: a service for each place, or for each job where no place can be told,
 * and an edge for what its stage or job waits for now. Names that differ only by the word for an environment are taken for one
 * service; comments say what was guessed. The pipeline respects its own draft, so that the first finding is about a change.
 * @param targets what its steps deploy, when more of them are known than those of the pipeline as it stands
 */
export function draftGraph(
  pipeline: Pipeline,
  targets: readonly TargetStep[] = findTargets(pipeline).targets,
): GraphDraft {
  const places = placesOf(targets);
  const groups = groupByEnvironment([...places.keys()]);
  const names = shortNames(
    groups.map(({ base }) => {
      const { app, platform } = places.get(base)!.place;
      return { key: base, app, exact: platform === 'kubernetes' };
    }),
  );
  const common = commonFields(groups.map(({ base }) => places.get(base)!.place));
  const units = [
    ...groups.map(({ base, others }): Unit => unitOf(base, names.get(base)!, others, places, common)),
    ...unitsOfJobs(pipeline, targets, new Set([...names.values()].map((name) => name.toLowerCase()))),
  ];
  const production = deployedIn(units, undefined);
  const services = units.map((unit) => {
    const before = deployedBefore(pipeline, unit.at, production);
    const edges = units.filter(
      (one) => one !== unit && before.keys.includes(one.key) && isBeforeEverywhere(pipeline, one, unit),
    );
    const marks = edges.length === 0 ? [] : [before.implicit ? HABIT : TODAY];
    const { service } = unit;
    return {
      ...service,
      name: unit.name,
      dependsOn: edges.map(({ name }) => name),
      notes: [...service.notes, ...marks],
    };
  });
  const environments = environmentsOf(units);
  return { services, environments, defaults: Object.entries(common), notes: notesOf(pipeline, environments) };
}

function unitOf(
  base: string,
  name: string,
  others: Group['others'],
  places: ReadonlyMap<string, Seen>,
  common: Record<string, string>,
): Unit {
  const seen = places.get(base)!;
  const { platform } = seen.place;
  const elsewhere = others.map(({ environment, key }) => {
    const { place, at } = places.get(key)!;
    return { environment, at, fields: overlayOf(place) };
  });
  const service = { kind: KINDS[platform], fields: FIELDS[platform](seen, common), notes: describePlaces(seen) };
  return { key: base, name, service, at: seen.at, elsewhere };
}

/** Services that are known by their jobs alone: they are checked, and deployed by whoever does so now. */
function unitsOfJobs(pipeline: Pipeline, targets: readonly TargetStep[], taken: Set<string>): readonly Unit[] {
  return jobServices(pipeline, targets).map(({ key, word, app, at, others, why }): Unit => {
    let name = word;
    for (let count = 2; taken.has(name.toLowerCase()); count++) name = `${word}-${count}`;
    taken.add(name.toLowerCase());
    const fields = [
      ...(app === undefined ? [] : [['app', app] as const]),
      ['deployedBy', jobsOf(pipeline, at)] as const,
    ];
    const notes = [
      `${where(at[0]!)} deploys what cannot be told from here: ${why.replace(/; say with deployedBy.*$/, '')}.`,
    ];
    const elsewhere = others.map((one) => ({ ...one, fields: [['deployedBy', jobsOf(pipeline, one.at)] as const] }));
    return { key, name, service: { kind: undefined, fields, notes }, at, elsewhere };
  });
}

function jobsOf({ staged }: Pipeline, at: readonly TargetStep[]): DraftMapping | readonly DraftMapping[] {
  const all = at.map(({ stage, job }): DraftMapping =>
    staged ? { stage: stage.name, job: job.name } : { job: job.name },
  );
  return all.length === 1 ? all[0]! : all;
}

/** What is deployed by each stage and job in one environment; undefined: in production. */
function deployedIn(units: readonly Unit[], environment: string | undefined): ReadonlyMap<Stage | Job, string[]> {
  const deployed = new Map<Stage | Job, string[]>();
  for (const unit of units)
    for (const { stage, job } of placesIn(unit, environment) ?? [])
      for (const node of [stage, job]) deployed.set(node, [...(deployed.get(node) ?? []), unit.key]);
  return deployed;
}

function placesIn(unit: Unit, environment: string | undefined): readonly TargetStep[] | undefined {
  return environment === undefined ? unit.at : unit.elsewhere.find((one) => one.environment === environment)?.at;
}

/** An edge is drafted only when the pipeline respects it in every environment that it deploys the later one to. */
function isBeforeEverywhere(pipeline: Pipeline, before: Unit, after: Unit): boolean {
  // Of a service in several places, what lies beside each counts.
  return [undefined, ...after.elsewhere.map(({ environment }) => environment)].every((environment) => {
    const there = placesIn(before, environment);
    if (there === undefined) return false;
    const isAfter = (at: TargetStep): boolean =>
      environment === undefined ? comesAfter(pipeline, at, there) : there.some((one) => waitsFor(pipeline, at, one));
    return placesIn(after, environment)!.every(isAfter);
  });
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

const TODAY = 'What it depends on is the order of today: confirm it, or remove it.';
const HABIT =
  'What it depends on is the order of today, by the order of the stages alone, which may be a habit: confirm it, or remove it.';

function where({ stage, job, step, task }: TargetStep): string {
  const place = step.file === stage.file ? `line ${step.line}` : `${step.file}:${step.line}`;
  return `${task} in ${stage.named ? `stage ${stage.name}, ` : ''}job ${job.name}, ${place}`;
}

function describePlaces({ at, slots, place }: Seen): string[] {
  const jobs = at.map(where);
  const upload = [...slots].join(', ');
  if (jobs.length === 0) return [`Uploaded to slot ${upload} only: nothing in this pipeline puts it before its users.`];
  const replace = place.platform === 'kubernetes' ? ['Guessed: what is run; it only waits for the workload.'] : [];
  return [`Deployed by ${jobs.join('; ')}.`, ...replace];
}

function environmentsOf(units: readonly Unit[]): DraftEnvironment[] {
  const found = new Map<string, DraftEnvironment['services'][number][]>();
  for (const { name, elsewhere } of units)
    for (const { environment, fields } of elsewhere)
      found.set(environment, [...(found.get(environment) ?? []), { name, fields }]);
  return [...found].map(([name, services]) => ({ name, services }));
}

function notesOf(pipeline: Pipeline, environments: readonly DraftEnvironment[]): string[] {
  return [
    `Drafted from ${pipeline.file}: what it deploys, and in which order it does so now.`,
    'Look at every edge: a service depends on another when it needs a release of it to be out first.',
    ...(environments.length > 0
      ? ['Guessed: what is the same service in another environment, by the names of apps and stages.']
      : []),
  ];
}
