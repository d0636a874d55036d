import type { Position } from '../../finding/finding.ts';
import type { Job, Pipeline, Stage, Step } from '../../pipeline/model.ts';
import { findTargets, type TargetStep } from '../../pipeline/targets.ts';
import { applyEdits, openYaml, type Edit, type EditableYaml, type Planned } from '../../yaml/edit.ts';
import { addPair, entryOf, itemBefore, keepOnly, mappingUnder, replaceText } from '../../yaml/edit-mapping.ts';
import { isSwapTask } from '../match/rollbacks.ts';
import type { OrderReview } from '../review/review.ts';

/** One change of a pipeline, or one that its author has to make. */
export interface Change extends Position {
  readonly what: string;
}

export interface Migration {
  /** The pipeline with all changes; what it was where there are none. */
  readonly text: string;
  readonly changes: readonly Change[];
  /** What cannot be changed safely, with what to do. */
  readonly left: readonly Change[];
  /** Of the text as it is now. */
  readonly review: OrderReview;
}

/** What the pipeline does not say itself. */
export interface MigrationHints {
  /** The path by which an app is asked for its health, as the graph has it. */
  readonly healthOf: (app: string) => string | undefined;
  /** Of SafeRolloutValidate@1, where its defaults do not do. */
  readonly inputs: Readonly<Record<string, string>>;
}

const SWAP = 'azureappservicemanage';
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Changes a pipeline to the tasks of this product: swaps, hooks that swap blindly, the order check itself, and stages that
 * nobody may leave out. Every other byte stays. What stands in a template or under a directive is left and named.
 * @param review judges a text of the pipeline's file
 */
export function migrate(text: string, review: (text: string) => OrderReview, hints: MigrationHints): Migration {
  const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  const body = text.slice(mark.length);
  const before = review(text);
  const yaml = openYaml(body);
  const { pipeline } = before.check.seen;
  if (yaml === undefined || pipeline === undefined) return { text, changes: [], left: [], review: before };
  const plan = new Plan(body, yaml, pipeline, hints);
  plan.swaps();
  plan.validation();
  for (const { finding } of before.findings) if (finding.rule === 'deselectable-stage') plan.required(finding);
  const made = mark + applyEdits(body, plan.edits);
  const after = plan.edits.length === 0 ? before : review(made);
  // A change that the service would refuse is none.
  const isSound = (one: OrderReview): boolean => one.findings.every(({ finding }) => finding.rule !== 'pipeline-file');
  if (isSound(before) && !isSound(after))
    return {
      text,
      changes: [],
      left: [
        ...plan.left,
        ...plan.changes.map((one) => ({ ...one, what: `not done, since the result would not read: ${one.what}` })),
      ],
      review: before,
    };
  return { text: made, changes: inOrder(plan.changes), left: inOrder(plan.left), review: after };
}

/** A path as YAML: in quotes where it would be read as something else. */
function scalarText(path: string): string {
  return /^[A-Za-z_][\w./-]*$/.test(path) ? path : `'${path.replaceAll("'", "''")}'`;
}

function inOrder(changes: readonly Change[]): readonly Change[] {
  return [...changes].sort((a, b) => Number(a.file > b.file) - Number(a.file < b.file) || a.line - b.line);
}

class Plan {
  readonly edits: Edit[] = [];
  readonly changes: Change[] = [];
  readonly left: Change[] = [];
  readonly #body: string;
  readonly #yaml: EditableYaml;
  readonly #pipeline: Pipeline;
  readonly #hints: MigrationHints;

  constructor(body: string, yaml: EditableYaml, pipeline: Pipeline, hints: MigrationHints) {
    this.#body = body;
    this.#yaml = yaml;
    this.#pipeline = pipeline;
    this.#hints = hints;
  }

  /** Every step that swaps, each once, however many jobs a template is used in. */
  swaps(): void {
    const seen = new Set<string>();
    const once = ({ file, line, column }: Position): boolean => {
      const key = `${file}:${line}:${column}`;
      return !seen.has(key) && seen.add(key).size > 0;
    };
    for (const stage of this.#pipeline.stages)
      for (const job of stage.jobs) {
        for (const step of job.onFailure ?? []) if (this.#swapsIn(stage, job, step) && once(step)) this.#hook(step);
        for (const target of this.#targetsOf(stage, job, job.steps))
          if (isSwapTask(target.task) && once(target.step)) this.#swap(target);
      }
  }

  #targetsOf(stage: Stage, job: Job, steps: readonly Step[]): readonly TargetStep[] {
    const one = { ...job, steps };
    return findTargets({ ...this.#pipeline, stages: [{ ...stage, jobs: [one] }] }).targets;
  }

  #swapsIn(stage: Stage, job: Job, step: Step): boolean {
    return this.#targetsOf(stage, job, [step]).some(({ task }) => isSwapTask(task));
  }

  #swap({ step, task }: TargetStep): void {
    const name = step.task?.name.toLowerCase();
    if (name === 'saferolloutswap') return;
    const { condition } = step;
    if (condition !== undefined && /\bfailed\s*\(/i.test(condition.text)) {
      this.#hook(step);
      return;
    }
    if (name !== SWAP) {
      this.#leave(step, `${task} swaps in a script: put SafeRolloutSwap@1 in its place`);
      return;
    }
    const app = step.inputs.get('webappname')?.text ?? step.inputs.get('appname')?.text ?? '';
    const map = this.#yaml.mappingAt(step);
    const inputs = map && mappingUnder(map, 'inputs');
    if (map === undefined || inputs === undefined || this.#isElsewhere(step)) {
      this.#leave(step, `${task} swaps ${app}: put SafeRolloutSwap@1 in its place, with the same inputs`);
      return;
    }
    const path = this.#hints.healthOf(app) ?? '/health';
    const planned = [
      replaceText(map, 'task', 'SafeRolloutSwap@1'),
      ...(entryOf(inputs, 'healthPath') === undefined ? [addPair(this.#body, inputs, 'healthPath', path)] : []),
    ];
    this.#make(step, planned, `${task} becomes SafeRolloutSwap@1, which asks ${path} before and after the swap`);
  }

  /** What runs after a failure undoes what the run has done, and nothing else. */
  #hook(step: Step): void {
    const what = `a swap after a failure becomes SafeRolloutRollback@1, which undoes what the run has changed`;
    const map = this.#yaml.mappingAt(step);
    const inputs = map && mappingUnder(map, 'inputs');
    const connection = ['azureSubscription', 'ConnectedServiceName'].find(
      (key) => inputs !== undefined && entryOf(inputs, key) !== undefined,
    );
    if (map === undefined || inputs === undefined || connection === undefined || this.#isElsewhere(step)) {
      this.#leave(
        step,
        'a swap runs after a failure, whether or not the run had swapped: put SafeRolloutRollback@1 in its place',
      );
      return;
    }
    if (step.task?.name.toLowerCase() !== SWAP) {
      this.#leave(
        step,
        'a script swaps after a failure, whether or not the run had swapped: put SafeRolloutRollback@1 in its place',
      );
      return;
    }
    this.#make(
      step,
      [replaceText(map, 'task', 'SafeRolloutRollback@1'), keepOnly(this.#body, inputs, [connection])],
      what,
    );
  }

  /** The check itself, in the first job that deploys nothing and that everything else comes after. */
  validation(): void {
    const { stages } = this.#pipeline;
    const all = stages.flatMap(({ jobs }) => jobs.flatMap(({ steps }) => steps));
    if (all.some(({ task }) => /^saferolloutvalidate$/i.test(task?.name ?? ''))) return;
    const [first] = stages;
    const job = first?.jobs.find((one) => one.steps.length > 0 && this.#targetsOf(first, one, one.steps).length === 0);
    const isCheckout = (step: Step): boolean => {
      const own = this.#yaml.mappingAt(step);
      return own !== undefined && entryOf(own, 'checkout') !== undefined;
    };
    const place = job?.steps.find((step) => !isCheckout(step)) ?? job?.steps[0];
    const map = place === undefined || this.#isElsewhere(place) ? undefined : this.#yaml.mappingAt(place);
    const lines = ['task: SafeRolloutValidate@1'];
    const inputs = Object.entries(this.#hints.inputs);
    if (inputs.length > 0) lines.push('inputs:', ...inputs.map(([name, value]) => `  ${name}: ${scalarText(value)}`));
    if (place === undefined || map === undefined) {
      const at = first ?? this.#pipeline;
      this.#leave(
        at,
        'the order is checked nowhere: add SafeRolloutValidate@1 to a job that runs before all deployments',
      );
      return;
    }
    this.#make(
      place,
      [itemBefore(this.#body, map, lines)],
      `SafeRolloutValidate@1 checks the order in job ${job!.name}`,
    );
  }

  /** A stage that others need may not be left out when a run is queued. */
  required(at: Position): void {
    const stage = this.#pipeline.stages.find(
      ({ file, line, column }) => file === at.file && line === at.line && column === at.column,
    );
    const map =
      stage === undefined || stage.includes.length > 0 || this.#isElsewhere(stage)
        ? undefined
        : this.#yaml.mappingAt(stage);
    const what = `stage ${stage?.name ?? ''} can be left out no more when a run is queued, since others need it`;
    if (stage === undefined || map === undefined) {
      this.#leave(
        at,
        'a stage that others need can be left out when a run is queued: write `isSkippable: false` there',
      );
      return;
    }
    const own = entryOf(map, 'isSkippable');
    const planned =
      own === undefined
        ? addPair(this.#body, map, 'isSkippable', 'false', map.items[0])
        : replaceText(map, 'isSkippable', 'false');
    this.#make(stage, [planned], what);
  }

  #isElsewhere({ file }: Position): boolean {
    return file !== this.#pipeline.file;
  }

  #make({ file, line, column }: Position, planned: readonly Planned[], what: string): void {
    const edits = planned.flatMap((one) => ('edit' in one ? [one.edit] : []));
    const place = { file, line, column };
    if (edits.length < planned.length)
      this.left.push({ ...place, what: `${what}: not done, its layout is not one that can be changed safely` });
    else {
      this.edits.push(...edits);
      this.changes.push({ ...place, what });
    }
  }

  #leave({ file, line, column }: Position, what: string): void {
    const change = { file, line, column, what };
    // A line of a template stands in many stages, and is to be changed once.
    if (!this.left.some((one) => JSON.stringify(one) === JSON.stringify(change))) this.left.push(change);
  }
}
