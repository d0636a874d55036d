import type { Step } from '../model.ts';
import type { StepInputs } from '../step-inputs.ts';
import {
  isProduction,
  namedByRun,
  slotTarget,
  swapTarget,
  whole,
  type Found,
  type Place,
  type Platform,
} from '../target.ts';

const APP = ['appName', 'WebAppName'];
const GROUP = ['resourceGroupName', 'ResourceGroupName'];
export const CONNECTION = [
  'azureSubscription',
  'ConnectedServiceName',
  'connectedServiceNameARM',
  'azureSubscriptionEndpoint',
  'azureSubscriptionConnection',
];

/** The place that a step names, without its app. */
export function placeOfStep(inputs: StepInputs, platform: Platform, app: string, group = GROUP): Place {
  return {
    platform,
    app,
    resourceGroup: inputs.hint(group),
    connection: inputs.hint(CONNECTION),
    server: undefined,
  };
}

/**
 * AzureWebApp@1, AzureFunctionApp@1 and @2, AzureWebAppContainer@1, AzureFunctionAppContainer@1 (their task.json): straight
 * to production unless `deployToSlotOrASE` is set, whose slot is production by default too.
 */
export function appTask(inputs: StepInputs, _step: Step, task: string): readonly Found[] {
  return deployToSlot(inputs, task, APP, ['deployToSlotOrASE'], 'production');
}

/**
 * AzureRmWebAppDeployment@3, @4 and @5 (their task.json). With a publish profile, which @4 and @5 know, the app is
 * named in that file. @3 calls its flag otherwise and has no slot by default.
 */
export function webDeployTask(inputs: StepInputs, step: Step, task: string): readonly Found[] {
  const connection = inputs.text(['ConnectionType'], 'AzureRM');
  if (connection !== undefined && connection.toLowerCase() === 'publishprofile') {
    inputs.cannotJudge(step, `${task} deploys to the app that its publish profile names`);
    return [];
  }
  const flags = ['DeployToSlotOrASEFlag', 'deployToSlotOrASE', 'DeployToSlotFlag', 'deployToSlot'];
  return deployToSlot(inputs, task, ['WebAppName', 'appName'], flags, 'production');
}

function deployToSlot(
  inputs: StepInputs,
  task: string,
  names: readonly string[],
  flags: readonly string[],
  fallback: string,
): readonly Found[] {
  const toSlot = inputs.flag(flags, false);
  const slot = toSlot === true ? inputs.text(['slotName'], fallback) : 'production';
  const app = inputs.name(names, task);
  if (app === undefined || toSlot === undefined || slot === undefined) return [];
  const target = slotTarget(placeOfStep(inputs, 'appService', app.name), slot);
  return whole(app.why === undefined ? target : namedByRun(target, app.why));
}

/** AzureAppServiceManage@0: `SwapWithProduction` is true by default and then overrides `TargetSlot`. */
export function manageTask(inputs: StepInputs, _step: Step, task: string): readonly Found[] {
  const action = inputs.text(['Action'], 'Swap Slots')?.toLowerCase();
  if (action !== 'swap slots' && action !== 'complete swap') return [];
  const app = inputs.name(APP, task);
  const withProduction = inputs.flag(['SwapWithProduction'], true);
  const target = withProduction === false ? inputs.text(['TargetSlot'], '') : 'production';
  // Whichever slot comes, production gets it: often a name that an earlier job has chosen.
  const toProduction = target !== undefined && isProduction(target);
  const source = toProduction ? (inputs.hint(['SourceSlot']) ?? '') : inputs.text(['SourceSlot'], '');
  if (app === undefined || source === undefined || withProduction === undefined || target === undefined) return [];
  const swapped = swapTarget(placeOfStep(inputs, 'appService', app.name), source, target);
  return whole(app.why === undefined ? swapped : namedByRun(swapped, app.why));
}
