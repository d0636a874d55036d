import type { Job, Pipeline, Stage } from '../../pipeline/model.ts';
import type { TargetStep } from '../../pipeline/targets.ts';
import { isEnvironmentWord, isProductionWord, wordsOf } from '../match/environment-words.ts';

/** What jobs deploy that cannot be told from the file: a service of its own, which `deployedBy` leads to. */
export interface JobService {
  readonly key: string;
  /** What it may be called. */
  readonly word: string;
  /** What its steps call it: `$(WebAppName)`; undefined when they do not say. */
  readonly app: string | undefined;
  /** Where production gets it. */
  readonly at: readonly TargetStep[];
  readonly others: readonly { readonly environment: string; readonly at: readonly TargetStep[] }[];
  /** Why it cannot be told, for whoever reads the draft. */
  readonly why: string;
}

/** One job, or one name in it. */
interface Occurrence {
  readonly app: string | undefined;
  readonly target: TargetStep;
  /** What stages have in common that do the same in several environments; undefined: this one stands alone. */
  readonly row: StageRow | undefined;
}

/** Stages that deploy the same with other names: one for each environment. */
interface StageRow {
  readonly id: number;
  readonly labels: ReadonlyMap<Stage, string>;
  readonly production: Stage;
}

/**
 * A service for each job, or each name in one, that deploys what cannot be told. Stages of the same jobs whose names differ by
 * words for environments deploy one service to each of them; the last of them is production, unless one is called so.
 */
export function jobServices(pipeline: Pipeline, targets: readonly TargetStep[]): readonly JobService[] {
  const unknown = targets.filter(({ target }) => target.kind === 'unknown');
  const rows = rowsOf(pipeline, unknown);
  const services = new Map<string, Occurrence[]>();
  const seen = new Set<string>();
  for (const target of unknown) {
    const { stage, job } = target;
    const app = target.target.kind === 'unknown' ? target.target.as?.app : undefined;
    const once = JSON.stringify([stage.name, job.name, job.line, app?.toLowerCase()]);
    if (seen.has(once)) continue;
    seen.add(once);
    const row = rows.find(({ labels }) => labels.has(stage));
    const key = JSON.stringify(['job', app?.toLowerCase() ?? '', normalName(job), row?.id ?? stage.name]);
    services.set(key, [...(services.get(key) ?? []), { app, target, row }]);
  }
  return [...services].map(([key, found]) => serviceOf(key, found));
}

function serviceOf(key: string, found: readonly Occurrence[]): JobService {
  const [{ app, target, row }] = found as readonly [Occurrence, ...Occurrence[]];
  const { target: what } = target;
  const why = what.kind === 'unknown' ? (what.reasons[0]?.what ?? '') : '';
  const places = new Map<string, TargetStep[]>();
  for (const one of found) {
    const { stage } = one.target;
    const label = row === undefined || stage === row.production ? '' : row.labels.get(stage)!;
    places.set(label, [...(places.get(label) ?? []), one.target]);
  }
  // What production never gets is deployed to the last of the others.
  const last = [...places.keys()].at(-1)!;
  const base = places.has('') ? '' : last;
  const others = [...places].flatMap(([environment, at]) => (environment === base ? [] : [{ environment, at }]));
  return { key, word: wordOf(app, target), app, at: places.get(base)!, others, why };
}

/** Words that say that something is deployed, and not what. */
const SAYS_NOTHING = new Set(
  (
    'deploy deploys deployment deploying deployments release swap slot slots job jobs stage to the of and on for run publish app apps web ' +
    'webapp name service site resource azure function func container api_name step steps pipeline infra all code build update upgrade install'
  ).split(' '),
);

function wordOf(app: string | undefined, { stage, job }: TargetStep): string {
  // What is written of a name says more than the variable in it.
  const written = app?.replace(/\$\([^)]*\)/g, ' ');
  for (const text of [written, app, job.named ? job.name : undefined, stage.named ? stage.name : undefined]) {
    const words = wordsOf(text ?? '').filter((word) => !SAYS_NOTHING.has(word) && !isEnvironmentWord(word));
    if (words.length > 0) return words.join('-');
  }
  return job.named ? job.name : stage.named ? stage.name : 'service';
}

/** The name of a job without the words for an environment. */
function normalName(job: Job): string {
  return wordsOf(job.name)
    .filter((word) => !isEnvironmentWord(word))
    .join('-');
}

/** Stages with the same deploying jobs, whose names differ by words for environments. */
function rowsOf({ stages }: Pipeline, unknown: readonly TargetStep[]): readonly StageRow[] {
  const jobs = new Map<Stage, Set<string>>();
  for (const { stage, job } of unknown) jobs.set(stage, (jobs.get(stage) ?? new Set()).add(normalName(job)));
  const alike = new Map<string, Stage[]>();
  for (const stage of stages) {
    const names = jobs.get(stage);
    if (names === undefined) continue;
    const key = JSON.stringify([...names].sort());
    alike.set(key, [...(alike.get(key) ?? []), stage]);
  }
  return [...alike.values()].flatMap((row, id): StageRow[] => {
    const labels = row.length < 2 ? undefined : labelsOf(row);
    if (labels === undefined) return [];
    const named = row.find((stage) => wordsOf(labels.get(stage)!).some(isProductionWord));
    return [{ id, labels, production: named ?? row.at(-1)! }];
  });
}

/** What tells the stages apart, where that are environments: each a word for one, or what its jobs call theirs. */
function labelsOf(row: readonly Stage[]): ReadonlyMap<Stage, string> | undefined {
  const all = row.map(({ name }) => wordsOf(name));
  const shared = new Set(all[0]!.filter((word) => all.every((words) => words.includes(word))));
  const own = all.map((words) => words.filter((word) => !shared.has(word)).join('-'));
  const environments = row.map(({ jobs }) => jobs.find(({ environment }) => environment !== undefined)?.environment);
  const differ = (names: readonly (string | undefined)[]): boolean =>
    names.every((name) => name !== undefined && name !== '') &&
    new Set(names.map((name) => name?.toLowerCase())).size === row.length;
  const words = own.filter((name) => wordsOf(name).some(isEnvironmentWord)).length;
  const isEnvironments = differ(own) && words * 2 >= row.length;
  if (isEnvironments) return new Map(row.map((stage, at) => [stage, own[at]!]));
  const sameRest =
    new Set(
      row.map(({ name }) =>
        wordsOf(name)
          .filter((word) => !isEnvironmentWord(word))
          .join('-'),
      ),
    ).size === 1;
  return differ(environments) && sameRest
    ? new Map(row.map((stage, at) => [stage, environments[at]!.toLowerCase()]))
    : undefined;
}
