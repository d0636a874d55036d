import type { Finding } from '../finding/finding.ts';
import { didYouMean } from '../finding/nearest.ts';
import { excerpt, placeOf, type MappingEntry, type YamlNode } from '../yaml/node.ts';
import { readYaml } from '../yaml/read-yaml.ts';
import type { Job, Pipeline, Reference, Stage, Unresolved } from './model.ts';
import { readJob, readSteps } from './read-job.ts';
import { isTemplated, nameOf, PIPELINE_FILE, PipelineReading, type Fields } from './reading.ts';

const STAGE_KEYS = [
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
];
const ROOTS = ['stages', 'jobs', 'steps', 'extends', 'phases'];

/** What could be read of a pipeline file. The pipeline is undefined when the file is none. */
export interface ReadPipeline {
  readonly pipeline: Pipeline | undefined;
  readonly findings: readonly Finding[];
  readonly unresolved: readonly Unresolved[];
}

/**
 * Reads the root file of a pipeline: stages, jobs and steps, with the stage before where no `dependsOn` says otherwise.
 * Templates and expressions are not expanded: each is unresolved, with its place. Never throws on any input.
 */
export function readPipeline(text: string, file: string): ReadPipeline {
  const { root, findings } = readYaml(text, { file, rule: PIPELINE_FILE, foldKeys: true });
  if (root === undefined) return { pipeline: undefined, findings, unresolved: [] };
  const reading = new PipelineReading();
  reading.findings.push(...findings);
  if (text.includes('${{')) findExpressions(root, reading);
  const fields = reading.fields(root, 'the pipeline');
  const pipeline = fields === undefined ? undefined : readRoot(root, fields, reading);
  return { pipeline, findings: reading.findings, unresolved: reading.unresolved };
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
  const templated = fields.get('extends') ?? fields.get('phases');
  if (templated !== undefined) reading.cannotJudge(templated.key, `'${templated.key.text}' is not read`);
  let complete = templated === undefined && !directive;
  const lost = (): void => void (complete = false);
  const staged = fields.has('stages');
  const stages = staged ? readStages(fields.get('stages'), reading, lost) : [soleStage(root, fields, reading)];
  return { ...placeOf(first?.key ?? root), stages, staged, complete, stepsComplete: reading.stepsComplete };
}

/** What the service makes of root `jobs` and of root `steps`. */
function soleStage(root: YamlNode, fields: Fields, reading: PipelineReading): Stage {
  const place = placeOf(root);
  const base = { ...place, name: '__default', named: false, dependsOn: [], order: 'authored' as const };
  const jobs = fields.get('jobs');
  if (jobs !== undefined) return { ...base, ...readJobs(jobs, reading) };
  const steps = fields.get('steps');
  const job: Job = {
    ...(steps === undefined ? place : placeOf(steps.key)),
    name: 'Job',
    named: false,
    dependsOn: [],
    steps: readSteps(steps, reading, 'the pipeline'),
    repeats: false,
  };
  return { ...base, jobs: steps === undefined ? [] : [job], complete: steps !== undefined };
}

function readStages(entry: MappingEntry | undefined, reading: PipelineReading, lost: () => void): Stage[] {
  const drafts = reading.items(entry, 'stages', lost).flatMap((node) => readStage(node, reading, lost) ?? []);
  const names = nameAll(drafts, 'Stage');
  return drafts.map(({ authored, ...stage }, at) => {
    const before = at === 0 ? [] : [{ ...placeOf(stage), name: names[at - 1]! }];
    return {
      ...stage,
      name: names[at]!,
      dependsOn: authored ?? before,
      order: authored === undefined ? 'implicit' : 'authored',
    };
  });
}

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
  if (isTemplated(head.value)) lost();
  reading.checkKeys(fields, STAGE_KEYS, what);
  reading.judgeCondition(fields.get('condition'), what);
  const authored = reading.dependsOn(fields.get('dependson'), `dependsOn of ${what}`, lost);
  const jobs = readJobs(fields.get('jobs'), reading);
  return { ...placeOf(head.key), name, named: name !== '', authored, ...jobs };
}

function readJobs(entry: MappingEntry | undefined, reading: PipelineReading): Pick<Stage, 'jobs' | 'complete'> {
  let complete = true;
  const lost = (): void => void (complete = false);
  const jobs = reading.items(entry, 'jobs', lost).flatMap((node) => readJob(node, reading, lost) ?? []);
  const names = nameAll(jobs, 'Job');
  return { jobs: jobs.map((job, at) => ({ ...job, name: names[at]! })), complete };
}

/** Names the unnamed as the service does: Stage1, Stage2, ... past those that are taken. */
function nameAll(nodes: readonly { readonly name: string }[], prefix: string): string[] {
  const taken = new Set(nodes.map(({ name }) => name.toLowerCase()));
  let counter = 1;
  return nodes.map(({ name }) => {
    if (name !== '') return name;
    while (taken.has(`${prefix}${counter}`.toLowerCase())) counter++;
    return `${prefix}${counter++}`;
  });
}

/** Every `${{` is a piece of text that is not what will be there; wherever it is, this check does not know what. */
function findExpressions(root: YamlNode, reading: PipelineReading): void {
  const waiting = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (isTemplated(node)) {
      const text = node.kind === 'scalar' ? node.text : '';
      reading.cannotJudge(node, `template expression '${excerpt(text.slice(text.indexOf('${{')))}' is not evaluated`);
    }
    if (node.kind === 'sequence') for (const item of node.items.toReversed()) waiting.push(item);
    if (node.kind === 'mapping') for (const { key, value } of node.entries.toReversed()) waiting.push(value, key);
  }
}
