import type { Position } from '../../finding/finding.ts';
import type { Condition, Job, Stage, Step } from '../../pipeline/model.ts';
import type { Deployment } from '../match/deployments.ts';
import type { Plan } from '../runs/plan.ts';
import { BAD, GOOD, nameOf, SKIPPED } from '../runs/results.ts';
import type { Example } from '../runs/memory.ts';
import { masked, OTHER_TEXT, skipsItsStep, type Outcome } from '../runs/unknowns.ts';
import { toText } from '../../expression/convert.ts';
import type { Value } from '../../expression/value.ts';
import { excerpt } from '../../yaml/node.ts';
import { stepMayBeSkipped } from './step-conditions.ts';

/** Why an order that the pipeline has does not help: what comes later can run without what it needs. */
export interface Hazard {
  readonly kind: 'unsafe-condition' | 'masked-failure' | 'skippable-dependency' | 'blind-rollback';
  readonly place: Position;
  /** What is wrong, and its cure: the second half of a sentence. */
  readonly what: string;
  /** What it is known again by: no line numbers, no advice. */
  readonly identity: string;
  /** A run in which it goes wrong. */
  readonly counterexample: string;
}

/** Ways for a deployment to come to nothing while its job seems fine to all others. */
export function betrayalsOf({ job, step }: Deployment): Outcome[] {
  if (job === undefined) return [];
  const found: Outcome[] = [];
  if (job.continueOnError !== undefined && job.continueOnError.value !== 'false')
    found.push(masked(job.continueOnError.value === 'true'));
  // Which step it is is certain when it was recognised, or when there is no other.
  const steps = step === undefined ? job.steps : [step];
  const sure = steps.length === 1;
  const masking = steps.filter(({ continueOnError: one }) => one !== undefined && one.value !== 'false');
  if (masking.length > 0) found.push(masked(sure && masking[0]!.continueOnError!.value === 'true'));
  const skipping = steps.map(stepMayBeSkipped).filter((one) => one !== 'no');
  if (skipping.length > 0) found.push(skipsItsStep(sure && skipping[0] === 'yes'));
  return found;
}

/** Explains an example by what lets it happen. */
export function explain(plan: Plan, after: Deployment, before: Deployment, example: Example): Hazard {
  const ended = endOfBefore(before, plan, example);
  if (example.outcome?.how === 'fails, masked') return maskedFailure(after, before, ended);
  if (example.outcome?.how === 'skips its step') return skippedStep(after, before, ended);
  const stageEnds = example.ends[plan.idOf.get(before.stage)!]!;
  if (
    example.outcome === undefined &&
    before.job !== undefined &&
    after.stage !== before.stage &&
    (stageEnds & ~GOOD) === 0
  )
    return skippedJob(plan, after, before, example);
  return unsafeCondition(plan, after, before, example, ended);
}

function maskedFailure(after: Deployment, before: Deployment, ended: string): Hazard {
  const jobs = before.job!;
  const steps = before.step === undefined ? jobs.steps : [before.step];
  const step = steps.find(({ continueOnError: one }) => one !== undefined && one.value !== 'false');
  const toggle = step?.continueOnError ?? jobs.continueOnError!;
  const whose = step === undefined ? `job ${jobs.name}` : `the step on line ${step.line} of job ${jobs.name}`;
  return {
    kind: 'masked-failure',
    place: toggle,
    what: `continueOnError of ${whose} turns its failure into SucceededWithIssues, which counts as success: remove it`,
    identity: `continueOnError of ${step === undefined ? '' : 'a step of '}job ${jobs.name} of stage ${before.stage.name}`,
    counterexample: `${ended}, and ${nodeOf(after).name} runs all the same`,
  };
}

function skippedStep(after: Deployment, before: Deployment, ended: string): Hazard {
  const job = before.job!;
  const steps = before.step === undefined ? job.steps : [before.step];
  const step: Step = steps.find((one) => stepMayBeSkipped(one) !== 'no') ?? steps[0]!;
  const why = step.condition === undefined ? 'is not enabled' : `has the condition ${quote(step.condition)}`;
  return {
    kind: 'skippable-dependency',
    place: step.condition ?? step.enabled ?? step,
    what: `the step on line ${step.line} of job ${job.name} ${why}, and the job succeeds without it: put the condition on stage or job instead`,
    identity: `a step of job ${job.name} of stage ${before.stage.name}: ${step.condition?.text ?? 'enabled'}`,
    counterexample: `${ended}, and ${nodeOf(after).name} runs all the same`,
  };
}

function skippedJob(plan: Plan, after: Deployment, before: Deployment, example: Example): Hazard {
  const culprit = skippedBy(plan, before.job!, example);
  const condition = plan.nodes[plan.idOf.get(culprit)!]!.guard;
  const authored = condition.kind === 'default' ? undefined : condition.condition;
  const own =
    culprit === before.job ? `job ${culprit.name}` : `job ${culprit.name}, which job ${before.job!.name} waits for,`;
  const why = authored === undefined ? '' : ` unless ${quote(authored)}`;
  return {
    kind: 'skippable-dependency',
    place: authored ?? culprit,
    what:
      `${own} is skipped${why}, and stage ${before.stage.name} succeeds without it: ` +
      `put the condition on stage ${before.stage.name}, whose skipping stops what waits for it`,
    identity: `job ${culprit.name} of stage ${before.stage.name}: ${authored?.text ?? ''}`,
    counterexample: `${given(plan, example)}job ${before.job!.name} is skipped, stage ${before.stage.name} ends as Succeeded, and ${nodeOf(after).name} runs`,
  };
}

/** The first job on the way back whose own condition kept it from running. */
function skippedBy(plan: Plan, job: Job, { runs, ends }: Example): Stage | Job {
  let at = plan.idOf.get(job)!;
  for (;;) {
    const { guard, deps, source } = plan.nodes[at]!;
    const above =
      guard.kind === 'default' ? deps.find((dep) => runs[dep] !== 1 || (ends[dep]! & SKIPPED) !== 0) : undefined;
    if (above === undefined) return source;
    at = above;
  }
}

function unsafeCondition(plan: Plan, after: Deployment, before: Deployment, example: Example, ended: string): Hazard {
  const culprit = culpritOf(plan, after, before, example);
  const { guard, source, stage, id } = plan.nodes[culprit]!;
  const authored = guard.kind === 'default' ? undefined : guard.condition;
  const word = stage === id ? 'stage' : 'job';
  const seen = seenOf(after, before, plan, example);
  const lets =
    authored === undefined
      ? `${word} ${source.name} runs when ${seen}: let it wait for ${beforeName(before)} itself`
      : `the condition ${quote(authored)} lets ${word} ${source.name} run when ${seen}: ${cure(authored, before, word)}`;
  return {
    kind: 'unsafe-condition',
    place: authored ?? source,
    what: lets,
    identity: `${word} ${source.name}: ${authored?.text ?? ''}`,
    counterexample: `${given(plan, example)}${ended}, and ${word} ${source.name} runs`,
  };
}

/** The result of `before` as `after` sees it: of its stage from another one, else of its job. */
function seenOf(after: Deployment, before: Deployment, plan: Plan, { ends, outcome }: Example): string {
  const inside = after.stage === before.stage && before.job !== undefined;
  const node = inside ? before.job! : before.stage;
  const end = ends[plan.idOf.get(node)!];
  const shown = end === undefined ? lookOf(outcome) : (nameOf(end) ?? listOf(end & BAD));
  return `${inside ? 'job' : 'stage'} ${node.name} is ${shown}`;
}

/** What a stage looks like that nobody asks for: as its failed job does. */
function lookOf(outcome: Outcome | undefined): string {
  if (outcome?.how === 'fails') return 'Failed';
  return outcome?.how === 'is canceled' ? 'Canceled' : 'Skipped';
}

/** The node closest to `after` that decides by a condition of its own. */
function culpritOf(plan: Plan, after: Deployment, before: Deployment, { runs }: Example): number {
  const stage = plan.idOf.get(after.stage)!;
  const job = after.job === undefined ? stage : plan.idOf.get(after.job)!;
  const first = after.stage === before.stage ? job : stage;
  const seen = new Set([first]);
  for (const id of seen) {
    const { guard, deps } = plan.nodes[id]!;
    if (guard.kind !== 'default') return id;
    for (const dep of deps) if (runs[dep] === 1) seen.add(dep);
  }
  return first;
}

function cure({ text }: Condition, before: Deployment, word: 'stage' | 'job'): string {
  const name = word === 'stage' ? before.stage.name : (before.job?.name ?? before.stage.name);
  if (/\b(always|failed|succeededOrFailed|canceled|succeeded)\s*\(|dependencies/i.test(text))
    return `ask for its success, as \`and(succeeded('${name}'), ...)\` does, or leave the default`;
  return `a condition replaces succeeded(), so write \`and(succeeded(), ${excerpt(text, 200)})\``;
}

function nodeOf({ stage, job }: Deployment): Stage | Job {
  return stage.named || job === undefined ? stage : job;
}

function beforeName({ stage, job }: Deployment): string {
  return job === undefined || stage.named ? stage.name : job.name;
}

/** What became of `before`, in words. */
function endOfBefore(before: Deployment, plan: Plan, { outcome, ends }: Example): string {
  const { job, stage } = before;
  const stageEnd = nameOf(ends[plan.idOf.get(stage)!] ?? 0);
  const asStage = stage.named && stageEnd !== undefined ? `, stage ${stage.name} ends as ${stageEnd}` : '';
  if (job === undefined) return `stage ${stage.name} ends as ${stageEnd ?? listOf(ends[plan.idOf.get(stage)!]! & BAD)}`;
  const end = nameOf(ends[plan.idOf.get(job)!]!);
  switch (outcome?.how) {
    case 'fails':
      return `job ${job.name} fails${asStage}`;
    case 'is canceled':
      return `job ${job.name} is canceled or runs out of time${asStage}`;
    case 'fails, masked':
      return `job ${job.name} fails but ends as SucceededWithIssues${asStage}`;
    case 'skips its step':
      return `job ${job.name} skips the step that deploys ${before.service} and ends as Succeeded${asStage}`;
    default:
      return `job ${job.name} does not run${end === undefined ? '' : ` (${end})`}${asStage}`;
  }
}

function listOf(results: number): string {
  return [4, 8, 16, 32].flatMap((one) => ((results & one) === 0 ? [] : (nameOf(one) ?? []))).join(' or ');
}

/** The values and other circumstances that the example needs. */
function given(plan: Plan, { chosen }: Example): string {
  const parts = chosen.flatMap(({ unknown, choice }): string[] => {
    if (unknown.kind === 'value') return [`${unknown.use.label} is ${describeValue(choice as Value)}`];
    if (unknown.kind === 'checks' && choice === false)
      return [`a check keeps stage ${plan.nodes[unknown.node]!.source.name} from running`];
    if (unknown.kind === 'canceling' && choice === true) return ['the run is being canceled'];
    return [];
  });
  return parts.length === 0 ? '' : `${[...new Set(parts)].join(', ')}: `;
}

function describeValue(value: Value): string {
  if (value.kind === 'string' && value.value === OTHER_TEXT) return 'something else';
  if (value.kind === 'unknown' || value.kind === 'null') return value.kind === 'null' ? 'not set' : 'anything';
  return `'${toText(value) ?? ''}'`;
}

function quote({ text }: Condition): string {
  return `\`${excerpt(text, 200)}\``;
}
