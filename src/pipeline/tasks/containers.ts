import type { Step } from '../model.ts';
import { kubectlCall } from '../script/cluster-calls.ts';
import { readShell } from '../script/read-shell.ts';
import type { StepInputs } from '../step-inputs.ts';
import { namedByRun, whole, type Found } from '../target.ts';
import { CONNECTION, placeOfStep } from './app-service.ts';

/**
 * AzureContainerApps@1 (its task.json): the app and its group have no default but names made of the build's
 * number. In single revision mode, the default of Azure, the new revision takes all traffic.
 */
export function containerAppTask(inputs: StepInputs, step: Step, task: string): readonly Found[] {
  if (inputs.said(['containerAppName']) === undefined) {
    // Under an expression that nobody can decide: reading it as text says so.
    if (inputs.text(['containerAppName'], '') === undefined) return [];
    const file = inputs.hint(['yamlConfigPath']);
    const why = file === undefined ? 'an app named after the build' : `the app that '${file}' names`;
    inputs.cannotJudge(step, `${task} deploys ${why}`);
    return [];
  }
  const app = inputs.name(['containerAppName'], task);
  if (app === undefined) return [];
  const target = { kind: 'exposes' as const, ...placeOfStep(inputs, 'containerApp', app.name, ['resourceGroup']) };
  return whole(app.why === undefined ? target : namedByRun(target, app.why));
}

/**
 * AzureStaticWebApp@0 (its task.json) knows its app by a secret token alone. `deployment_environment` is empty for
 * production; with `production_branch` other branches go to a preview of their own.
 */
export function staticWebAppTask(inputs: StepInputs, step: Step, task: string): readonly Found[] {
  const environment = inputs.text(['deployment_environment'], '');
  if (environment !== undefined && environment !== '' && environment.toLowerCase() !== 'production') return [];
  inputs.cannotJudge(step, `${task} tells its app by a secret token only`);
  return [];
}

/**
 * KubernetesManifest@0 and @1 (their task.json): `deploy`, the default, `promote` and a `patch` bring a release; what
 * it is stands in the manifests, except for a patch by name. A canary of less than all traffic is exposed all the same.
 */
export function manifestTask(inputs: StepInputs, step: Step, task: string): readonly Found[] {
  const action = inputs.text(['action'], 'deploy')?.toLowerCase();
  if (action === undefined || !['deploy', 'promote', 'patch'].includes(action)) return [];
  const byName = action === 'patch' && inputs.hint(['resourceToPatch'])?.toLowerCase() === 'name';
  const name = byName ? inputs.required(['name'], task) : undefined;
  if (name !== undefined) return whole({ kind: 'exposes', ...inCluster(inputs, name) });
  if (!byName) inputs.cannotJudge(step, `${task} deploys what its manifests hold`);
  return [];
}

/** Kubernetes@0 and @1 (their task.json) run `kubectl`: `apply` by default, with `arguments` behind it. */
export function kubernetesTask(inputs: StepInputs, step: Step, task: string): readonly Found[] {
  const command = inputs.text(['command'], 'apply');
  if (command === undefined) return [];
  const file = inputs.hint(['configuration']) === undefined ? '' : '-f configuration';
  const given = inputs.script('arguments')?.text.replace(/\s+/g, ' ') ?? '';
  const script = readShell(`kubectl ${command} ${file} ${given}`, () => undefined);
  // A macro that only the run knows is read as a command of its own, before the one that it stands in.
  const words = 'commands' in script ? script.commands.at(-1)?.words.slice(1) : undefined;
  const called = words === undefined ? `the arguments of \`kubectl ${command}\` cannot be read` : kubectlCall(words);
  if (typeof called === 'string') inputs.cannotJudge(step, `${task}: ${called}`);
  if (typeof called !== 'object' || called.kind !== 'exposes') return [];
  return whole({ ...called, connection: clusterConnection(inputs) });
}

/** HelmDeploy@0 and @1 (their task.json): `command` is `ls` by default, and an unnamed release gets a made-up name. */
export function helmTask(inputs: StepInputs, step: Step, task: string): readonly Found[] {
  const command = inputs.text(['command'], 'ls')?.toLowerCase();
  if (command === undefined || (command !== 'install' && command !== 'upgrade')) return [];
  if (/(^|\s)--dry-run(\s|=(?!false|none)|$)/.test(inputs.hint(['arguments']) ?? '')) return [];
  const release = inputs.text(['releaseName'], '');
  if (release === '') inputs.cannotJudge(step, `${task} deploys a release without a name`);
  return release === undefined || release === '' ? [] : whole({ kind: 'exposes', ...inCluster(inputs, release) });
}

function inCluster(inputs: StepInputs, app: string) {
  const connection = clusterConnection(inputs);
  return { platform: 'kubernetes' as const, app, resourceGroup: undefined, connection, server: undefined };
}

function clusterConnection(inputs: StepInputs): string | undefined {
  return inputs.hint([...CONNECTION, 'kubernetesServiceConnection', 'kubernetesServiceEndpoint']);
}

/**
 * SqlAzureDacpacDeployment@1 (its task.json): a package is published by default, and scripts are taken to change
 * something. Reports, exports and extracts change nothing.
 */
export function sqlTask(inputs: StepInputs, step: Step, task: string): readonly Found[] {
  const type = inputs.text(['deployType', 'TaskNameSelector'], 'DacpacTask')?.toLowerCase();
  const action = inputs.text(['DeploymentAction'], 'Publish')?.toLowerCase();
  if (type === undefined || action === undefined) return [];
  if (type === 'dacpactask' && action !== 'publish' && action !== 'import') return [];
  if (inputs.hint(['AuthenticationType'])?.toLowerCase() === 'connectionstring') {
    inputs.cannotJudge(step, `${task} deploys to the database of a connection string`);
    return [];
  }
  const app = inputs.required(['DatabaseName'], task);
  const server = inputs.hint(['ServerName']);
  return app === undefined ? [] : whole({ kind: 'exposes', ...placeOfStep(inputs, 'database', app), server });
}
