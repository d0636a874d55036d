import type { Finding } from '../finding/finding.ts';
import type { Job, Pipeline, Stage, Step, Unresolved } from './model.ts';
import { StepInputs } from './step-inputs.ts';

/** What one step does to running services. */
export type Target =
  /** Puts a release before the users of an app. */
  | { readonly kind: 'exposes'; readonly app: string }
  /** Puts a release into a slot that users do not see. */
  | { readonly kind: 'uploads'; readonly app: string; readonly slot: string }
  /** Deploys services of a graph file, in its order: those named, or all. */
  | { readonly kind: 'services'; readonly names: readonly string[] | 'all'; readonly graphFile: string };

/** A target and the step that has it. */
export interface TargetStep {
  readonly target: Target;
  readonly stage: Stage;
  readonly job: Job;
  readonly step: Step;
  /** The task as the author calls it, for people: `AzureWebApp@1`. */
  readonly task: string;
}

type ReadTarget = (inputs: StepInputs, step: Step, task: string) => Target | undefined;

const APP = ['appName', 'WebAppName'];

/** Tasks that deploy, by lower-case name. A task that is not here deploys nothing that this check knows of. */
const TASKS: ReadonlyMap<string, ReadTarget> = new Map<string, ReadTarget>([
  ['azurewebapp', webApp],
  ['azureappservicemanage', manageAppService],
  ['saferolloutswap', safeSwap],
  ['saferolloutdeploy', safeDeploy],
]);

/** Finds every step that deploys. What such a step leaves open (a name at run time) is unresolved. */
export function findTargets(pipeline: Pipeline): {
  readonly targets: readonly TargetStep[];
  readonly unresolved: readonly Unresolved[];
  readonly findings: readonly Finding[];
  /** False when some step deploys something whose name is not known. */
  readonly complete: boolean;
} {
  const targets: TargetStep[] = [];
  const unresolved: Unresolved[] = [];
  const findings: Finding[] = [];
  let complete = true;
  for (const stage of pipeline.stages)
    for (const job of stage.jobs)
      for (const step of job.steps) {
        const read = TASKS.get(step.task?.name.toLowerCase() ?? '');
        // A step that is switched off is as good as not there.
        if (read === undefined || step.task === undefined || step.enabled?.value === 'false') continue;
        const { name, major } = step.task;
        const task = major === undefined ? name : `${name}@${major}`;
        const inputs = new StepInputs(step);
        const target = read(inputs, step, task);
        unresolved.push(...inputs.unresolved);
        findings.push(...inputs.findings);
        if (target === undefined && inputs.unknown) complete = false;
        if (target !== undefined) targets.push({ target, stage, job, step, task });
      }
  return { targets, unresolved, findings, complete };
}

/** AzureWebApp@1: straight to production unless `deployToSlotOrASE` is set, whose slot is production by default too. */
function webApp(inputs: StepInputs, _step: Step, task: string): Target | undefined {
  const app = inputs.required(APP, task);
  const toSlot = inputs.flag(['deployToSlotOrASE'], false);
  const slot = toSlot === true ? inputs.text(['slotName'], 'production') : 'production';
  if (app === undefined || toSlot === undefined || slot === undefined) return undefined;
  return isProduction(slot) ? { kind: 'exposes', app } : { kind: 'uploads', app, slot };
}

/** AzureAppServiceManage@0: `SwapWithProduction` is true by default and then overrides `TargetSlot`. */
function manageAppService(inputs: StepInputs, _step: Step, task: string): Target | undefined {
  const action = inputs.text(['Action'], 'Swap Slots')?.toLowerCase();
  if (action !== 'swap slots' && action !== 'complete swap') return undefined;
  const app = inputs.required(APP, task);
  const source = inputs.text(['SourceSlot'], '');
  const withProduction = inputs.flag(['SwapWithProduction'], true);
  const target = withProduction === false ? inputs.text(['TargetSlot'], '') : 'production';
  if (app === undefined || source === undefined || withProduction === undefined || target === undefined)
    return undefined;
  return swapTarget(app, source, target);
}

/** SafeRolloutSwap@1 takes its own inputs and those of AzureAppServiceManage@0; it refuses what they contradict. */
function safeSwap(inputs: StepInputs, step: Step, task: string): Target | undefined {
  const action = inputs.text(['action'], 'swap')?.toLowerCase();
  if (action === 'preview' || action === 'cancel' || action === 'start swap with preview' || action === 'cancel swap')
    return undefined;
  const app = inputs.required(APP, task);
  const source = inputs.text(['sourceSlot'], 'staging');
  const target = inputs.text(['targetSlot'], '');
  const withProduction = inputs.flag(
    ['SwapWithProduction'],
    target === undefined || target === '' || isProduction(target),
  );
  if (action === undefined || app === undefined || source === undefined) return undefined;
  if (target === undefined || withProduction === undefined) return undefined;
  if (withProduction ? target !== '' && !isProduction(target) : target === '' || isProduction(target)) {
    inputs.cannotJudge(step, `SwapWithProduction and TargetSlot of ${task} contradict each other`);
    return undefined;
  }
  return swapTarget(app, source, withProduction ? 'production' : target);
}

/** A swap moves both sides: it exposes a release when either is production. */
function swapTarget(app: string, source: string, target: string): Target {
  return isProduction(source) || isProduction(target)
    ? { kind: 'exposes', app }
    : { kind: 'uploads', app, slot: target };
}

/** SafeRolloutDeploy@1 keeps the order of the services it deploys by itself. */
function safeDeploy(inputs: StepInputs): Target | undefined {
  const services = inputs.text(['services'], '');
  const graphFile = inputs.graphFile('service-graph.yml');
  if (services === undefined || graphFile === undefined) return undefined;
  const names = services.split(/[\s,;]+/).filter((name) => name !== '');
  return { kind: 'services', names: names.length === 0 ? 'all' : names, graphFile };
}

function isProduction(slot: string): boolean {
  return slot.toLowerCase() === 'production';
}
