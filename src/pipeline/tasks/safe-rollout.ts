import type { Step } from '../model.ts';
import type { StepInputs } from '../step-inputs.ts';
import { isProduction, namedByRun, swapTarget, whole, type Found, type GraphUse } from '../target.ts';
import { placeOfStep } from './app-service.ts';

/** SafeRolloutSwap@1 takes its own inputs and those of AzureAppServiceManage@0; it refuses what they contradict. */
export function safeSwapTask(inputs: StepInputs, step: Step, task: string): readonly Found[] {
  const action = inputs.text(['action'], 'swap')?.toLowerCase();
  if (action === 'preview' || action === 'cancel' || action === 'start swap with preview' || action === 'cancel swap')
    return [];
  const app = inputs.name(['appName', 'WebAppName'], task);
  const target = inputs.text(['targetSlot'], '');
  const withProduction = inputs.flag(
    ['SwapWithProduction'],
    target === undefined || target === '' || isProduction(target),
  );
  // Whichever slot comes, production gets it: often a name that an earlier job has chosen.
  const isAny = withProduction === true && inputs.namesUnknown(['sourceSlot']);
  const source = isAny ? '' : inputs.text(['sourceSlot'], 'staging');
  if (action === undefined || app === undefined || source === undefined) return [];
  if (target === undefined || withProduction === undefined) return [];
  if (withProduction ? target !== '' && !isProduction(target) : target === '' || isProduction(target)) {
    inputs.cannotJudge(step, `SwapWithProduction and TargetSlot of ${task} contradict each other`);
    return [];
  }
  const swap = swapTarget(placeOfStep(inputs, 'appService', app.name), source, withProduction ? 'production' : target);
  const asks = graphUse(inputs, '');
  if (app.why !== undefined) return whole(namedByRun(swap, app.why));
  return whole(swap.kind === 'exposes' && asks !== undefined && asks.graphFile !== '' ? { ...swap, asks } : swap);
}

/** SafeRolloutDeploy@1 keeps the order of the services it deploys by itself. */
export function safeDeployTask(inputs: StepInputs): readonly Found[] {
  const services = inputs.text(['services'], '');
  const use = graphUse(inputs, 'service-graph.yml');
  if (services === undefined || use === undefined) return [];
  const names = services.split(/[\s,;]+/).filter((name) => name !== '');
  return whole({
    kind: 'services',
    names: names.length === 0 ? 'all' : names,
    ...use,
  });
}

function graphUse(inputs: StepInputs, fallback: string): GraphUse | undefined {
  const graphFile = inputs.graphFile(fallback);
  const environment = inputs.text(['environmentName'], '');
  if (graphFile === undefined || environment === undefined) return undefined;
  return { graphFile, environment: environment === '' ? undefined : environment };
}
