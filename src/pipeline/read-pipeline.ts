import type { Finding } from '../finding/finding.ts';
import { didYouMean } from '../finding/nearest.ts';
import { excerpt, isNull, placeOf, type MappingEntry, type YamlNode } from '../yaml/node.ts';
import { expandPipeline, type Choices } from './expand/expand-pipeline.ts';
import type { Needs } from './expand/needs.ts';
import type { Job, Pipeline, Reference, Stage, Unresolved, VariableScope } from './model.ts';
import { nameAll } from './name-nodes.ts';
import { readJob, readPhase } from './read-job.ts';
import { apart } from './jobs-apart.ts';
import { readLegs } from './read-legs.ts';
import { readSteps } from './read-steps.ts';
import { isTemplated, isWord, knownKeys, nameOf, PipelineReading, type Fields } from './reading.ts';
import { NO_VARIABLES, readVariables } from './read-variables.ts';

const STAGE_KEYS = knownKeys(
  'stage',
  'group',
  'displayName',
  'pool',
  'dependsOn',
  'condition',
  'variables',
  'jobs',
  'lockBehavior',
  'trigger',
  'isSkippable',
  'templateContext',
  'checks',
);
const ROOTS = ['stages', 'jobs', 'steps', 'extends', 'phases'];

/** What could be read of a pipeline file. The pipeline is undefined when the file is none. */
export interface ReadPipeline {
  readonly pipeline: Pipeline | undefined;
  readonly findings: readonly Finding[];
  readonly unresolved: readonly Unresolved[];
  /** Texts of the templates that were read, by the names that places carry. */
  readonly sources: ReadonlyMap<string, string>;
  /** Parameters of the pipeline that could be chosen otherwise: all this is so with their defaults. */
  readonly defaulted: readonly string[];
  /** Of a case: what more would have to be known of choices, and how these are written. */
  readonly needs: Needs;
  readonly choiceNames: ReadonlyMap<string, string>;
  /** How much there was to expand. */
  readonly cost: number;
}

/**
 * Reads a pipeline as it is after expansion: stages, jobs and steps, with the stage before where no `dependsOn` says
 * otherwise. What expansion leaves open is unresolved, with its place. Never throws on any input.
 */
export function readPipeline(text: string, file: string, choices: Choices = {}): ReadPipeline {
  const { root, findings, unresolved, sources, includesOf, ...chosen } = expandPipeline(text, file, choices);
  if (root === undefined) return { pipeline: undefined, findings, unresolved, sources, ...chosen };
  const reading = new PipelineReading(includesOf, choices.sharing?.nodes);
  reading.findings.push(...findings);
  reading.unresolved.push(...unresolved);
  const fields = reading.fields(root, 'the pipeline');
  const pipeline = fields === undefined ? undefined : readRoot(root, fields, reading);
  if (isTemplated(root)) reading.fault(root, 'the pipeline must be a mapping, not an expression');
  reading.checkLaterNames();
  if (pipeline !== undefined) neverSilent(pipeline, reading);
  return { pipeline, findings: reading.findings, unresolved: reading.unresolved, sources, ...chosen };
}

/** What is hidden has been said to be by whoever could not read it. Should nobody have, the check must not pass. */
function neverSilent(pipeline: Pipeline, reading: PipelineReading): void {
  const lost = [pipeline, ...pipeline.stages].find(({ complete }) => !complete) ?? reading.hidden;
  if (lost === undefined || reading.unresolved.length > 0) return;
  if (!reading.findings.some(({ severity }) => severity === 'error'))
    reading.cannotJudge(lost, 'a template or an expression in here could not be read');
}

function readRoot(root: YamlNode, fields: Fields, reading: PipelineReading): Pipeline | undefined {
  const [first, second] = ROOTS.flatMap((name) => fields.get(name) ?? []);
  const directive = [...fields.values()].some(({ key }) => isTemplated(key));
  if (first === undefined && !directive) {
    const near = [...fields.values()].find(({ key }) => didYouMean(key.text, ROOTS) !== '');
    const hint = near === undefined ? '' : `; '${near.key.text}' is none of them${didYouMean(near.key.text, ROOTS)}`;
    reading.fault(near?.key ?? root, `the pipeline has no stages, jobs or steps${hint}`);
    return undefined;
  }
  if (first !== undefined && second !== undefined)
    reading.fault(second.key, `Unexpected value '${second.key.text}': the pipeline has '${first.key.text}' already`);
  // A template that could not be had has been reported where it is named.
  let complete = !fields.has('extends') && !directive;
  const lost = (): void => void (complete = false);
  const staged = fields.has('stages');
  const stages = staged ? readStages(fields.get('stages'), reading, lost) : [soleStage(root, fields, reading)];
  const variables = variablesOf(fields.get('variables'), reading);
  // What a template extends lies in another file than the pipeline.
  const place = first?.key.file === root.file ? first.key : root;
  const lock = reading.lock(fields.get('lockbehavior'));
  return { ...placeOf(place), stages, staged, lock, variables, complete, stepsComplete: reading.stepsComplete };
}

/** What the service makes of root `jobs`, of `phases`, as they were called before there were stages, and of root `steps`. */
function soleStage(root: YamlNode, fields: Fields, reading: PipelineReading): Stage {
  const place = placeOf(root);
  const base = {
    ...place,
    name: '__default',
    named: false,
    dependsOn: [],
    order: 'authored' as const,
    condition: undefined,
    isSkippable: undefined,
    startedByHand: false,
    lock: undefined,
    variables: NO_VARIABLES,
    includes: [],
  };
  const jobs = fields.get('jobs');
  if (jobs !== undefined) return { ...base, ...readJobs(jobs, reading, []) };
  const phases = fields.get('phases');
  if (phases !== undefined) return { ...base, ...readJobs(phases, reading, [], 'phase') };
  const steps = fields.get('steps');
  const { repeats, legs, variables = NO_VARIABLES } = readLegs(fields.get('strategy'), NO_VARIABLES, reading);
  const job: Job = {
    ...(steps === undefined ? place : placeOf(steps.key)),
    name: 'Job',
    named: false,
    kind: 'job',
    environment: undefined,
    dependsOn: [],
    condition: undefined,
    // A pipeline of bare steps takes this setting of its one job at the root.
    continueOnError: reading.toggle(fields.get('continueonerror')),
    variables,
    steps: readSteps(steps, reading, 'the pipeline'),
    repeats,
    legs,
    includes: [],
    onFailure: undefined,
  };
  return { ...base, jobs: steps === undefined ? [] : [job], complete: steps !== undefined };
}

function readStages(entry: MappingEntry | undefined, reading: PipelineReading, lost: () => void): Stage[] {
  const drafts = reading.items(entry, 'stages', lost).flatMap((node) => {
    const { draft, isLost } = reading.once(node, 'stage', (part) => {
      let hides = false;
      const read = readStage(node, part, () => void (hides = true));
      return { draft: read, isLost: hides };
    });
    if (isLost) lost();
    return draft ?? [];
  });
  const names = nameAll(drafts, 'Stage');
  return apart(drafts.map((draft, at) => finish(draft, names[at]!, names[at - 1])));
}

/** A stage with its name and the one before. The same of the same is the same. */
function finish(draft: StageDraft, name: string, before: string | undefined): Stage {
  const key = draft.authored === undefined ? `${name} ${before ?? ''}` : name;
  let known = finished.get(draft);
  if (known === undefined) finished.set(draft, (known = new Map<string, Stage>()));
  let made = known.get(key);
  if (made !== undefined) return made;
  const { authored, ...stage } = draft;
  // Documented: a stage that a person starts waits for nothing, not even for the stage before it.
  const isImplicit = authored === undefined && !stage.startedByHand;
  const implicit = before === undefined || !isImplicit ? [] : [{ ...placeOf(stage), name: before }];
  const order = isImplicit ? 'implicit' : 'authored';
  known.set(key, (made = { ...stage, name, dependsOn: authored ?? implicit, order }));
  return made;
}

const finished = new WeakMap<StageDraft, Map<string, Stage>>();

type StageDraft = Omit<Stage, 'dependsOn' | 'order'> & { readonly authored: readonly Reference[] | undefined };

function readStage(node: YamlNode, reading: PipelineReading, lost: () => void): StageDraft | undefined {
  const fields = reading.fields(node, 'a stage');
  const head = fields?.get('stage');
  if (fields === undefined) return undefined;
  if (head === undefined) {
    reading.fault(node, `a stage begins with 'stage:'`);
    return undefined;
  }
  const name = nameOf(reading, head, 'a stage');
  const what = name === '' ? 'an unnamed stage' : `stage ${excerpt(name)}`;
  if (!reading.isNamed(head.value)) lost();
  reading.checkKeys(fields, STAGE_KEYS, what);
  const authored = reading.dependsOn(fields.get('dependson'), `dependsOn of ${what}`, lost);
  const startedByHand = isByHand(fields.get('trigger'));
  if (startedByHand && authored !== undefined && authored.length > 0 && isWord(fields.get('trigger')!.value, 'manual'))
    reading.fault(
      fields.get('dependson')!.key,
      'Manually triggered stages cannot have dependencies. Please remove the dependsOn property.',
    );
  const includes = reading.includesOf(node);
  const { jobs, complete } = readJobs(fields.get('jobs'), reading, includes);
  const { file, line, column } = head.key;
  return {
    file,
    line,
    column,
    name,
    named: name !== '',
    authored,
    includes,
    condition: reading.condition(fields.get('condition'), what, 'condition'),
    isSkippable: reading.toggle(fields.get('isskippable')),
    startedByHand,
    lock: reading.lock(fields.get('lockbehavior')),
    variables: variablesOf(fields.get('variables'), reading),
    jobs,
    complete,
  };
}

/** What is not known before the run may be so. */
function isByHand(trigger: MappingEntry | undefined): boolean {
  return trigger !== undefined && !isNull(trigger.value) && !isWord(trigger.value, 'automatic');
}

function readJobs(
  entry: MappingEntry | undefined,
  reading: PipelineReading,
  above: Stage['includes'],
  kind: 'job' | 'phase' = 'job',
): Pick<Stage, 'jobs' | 'complete'> {
  let complete = true;
  const lost = (): void => void (complete = false);
  const jobs = reading.items(entry, `${kind}s`, lost).flatMap((node) => {
    const own = reading.includesOf(node);
    const includes = own.length === 0 ? above : own;
    const { job, isLost } = reading.once(node, `${kind} ${JSON.stringify(includes)}`, (part) => {
      let hides = false;
      const read = (kind === 'job' ? readJob : readPhase)(node, part, () => void (hides = true), includes);
      return { job: read, isLost: hides };
    });
    if (isLost) lost();
    return job ?? [];
  });
  const names = nameAll(jobs, kind === 'job' ? 'Job' : 'Phase');
  return { jobs: jobs.map((job, at) => (job.name === names[at] ? job : { ...job, name: names[at]! })), complete };
}

function variablesOf(entry: MappingEntry | undefined, reading: PipelineReading): VariableScope {
  if (entry === undefined) return NO_VARIABLES;
  return reading.once(entry.value, 'variables', (part) => readVariables(entry, part));
}
