import assert from 'node:assert/strict';
import { readPipeline } from '../../src/pipeline/read-pipeline.ts';
import { findTargets, type Target } from '../../src/pipeline/targets.ts';

const describeTarget = (target: Target): string => {
  switch (target.kind) {
    case 'exposes':
      return `exposes ${target.app}`;
    case 'uploads':
      return `uploads ${target.app} to ${target.slot}`;
    case 'services': {
      const where = target.environment === undefined ? '' : ` in ${target.environment}`;
      return `services ${target.names === 'all' ? 'all' : target.names.join('+')} of ${target.graphFile}${where}`;
    }
    case 'unknown':
      return target.reasons.map(({ what }) => `? ${what}`).join('; ');
  }
};

/** What a pipeline deploys, in words; `platform` is named where it is not App Service. */
const inPipeline = (text: string): string => {
  const { pipeline, findings: syntax } = readPipeline(text, 'p.yml');
  assert.deepEqual(syntax, []);
  const { targets, unresolved, findings } = findTargets(pipeline!);
  const said = targets.map(({ target }) => {
    const platform = 'platform' in target && target.platform !== 'appService' ? `${target.platform}: ` : '';
    return `${platform}${describeTarget(target)}`;
  });
  return [
    ...said,
    ...unresolved.map(({ what }) => `?? ${what}`),
    ...findings.map(({ message }) => `! ${message}`),
  ].join('; ');
};

const found = (task: string, inputs: string): string => inPipeline(`steps:\n- task: ${task}\n  inputs: { ${inputs} }`);

describe('findTargets', () => {
  const cases: [string, string, string][] = [
    ['AzureWebApp@1', 'appName: a', 'exposes a'],
    ['AzureWebApp@1', 'appName: a, slotName: staging', 'exposes a'],
    ['AzureWebApp@1', 'appName: a, deployToSlotOrASE: True, slotName: staging', 'uploads a to staging'],
    ['AzureWebApp@1', 'appName: a, deployToSlotOrASE: true', 'exposes a'],
    ['AzureWebApp@1', 'APPNAME: a, deploytoslotorase: true, slotname: PRODUCTION', 'exposes a'],
    ['AzureWebApp@1', 'package: p', "! AzureWebApp@1 needs the input 'appName'"],
    ['AzureWebApp@1', 'appName: "$(a)", deployToSlotOrASE: true, slotName: staging', ''],
    [
      'AzureWebApp@1',
      'appName: "$(a)", deployToSlotOrASE: true',
      "? input 'appName' is '$(a)', which is known only at run time",
    ],
    ['AzureWebApp@1', 'appName: "$(a)"', "? input 'appName' is '$(a)', which is known only at run time"],
    [
      'AzureWebApp@1',
      `appName: "\${{ variables['Build.Reason'] }}"`,
      "? input 'appName' is '${{ variables['Build.Reason'] }}', which cannot be told before the run",
    ],
    [
      'AzureWebApp@1',
      'appName: a, deployToSlotOrASE: true, slotName: "$(s)"',
      "? input 'slotName' is '$(s)', which is known only at run time",
    ],
    ['AzureAppServiceManage@0', 'WebAppName: a, SourceSlot: staging', 'exposes a'],
    ['AzureAppServiceManage@0', 'WebAppName: a, SourceSlot: staging, TargetSlot: qa', 'exposes a'],
    [
      'AzureAppServiceManage@0',
      'WebAppName: a, SourceSlot: staging, SwapWithProduction: false, TargetSlot: qa',
      'uploads a to qa',
    ],
    [
      'AzureAppServiceManage@0',
      'WebAppName: a, SourceSlot: Production, SwapWithProduction: false, TargetSlot: qa',
      'exposes a',
    ],
    ['AzureAppServiceManage@0', 'WebAppName: a, SourceSlot: $(chosen)', 'exposes a'],
    [
      'AzureAppServiceManage@0',
      'WebAppName: a, SourceSlot: $(chosen), SwapWithProduction: false, TargetSlot: qa',
      "? input 'SourceSlot' is '$(chosen)', which is known only at run time",
    ],
    ['AzureAppServiceManage@0', 'Action: Complete Swap, WebAppName: a, SourceSlot: staging', 'exposes a'],
    ['AzureAppServiceManage@0', 'Action: Start Swap With Preview, WebAppName: a, SourceSlot: staging', ''],
    ['AzureAppServiceManage@0', 'Action: Restart Azure App Service, WebAppName: a', ''],
    ['AzureAppServiceManage@0', 'SourceSlot: staging', "! AzureAppServiceManage@0 needs the input 'appName'"],
    [
      'AzureAppServiceManage@0',
      'Action: "$(x)", WebAppName: a',
      "? input 'Action' is '$(x)', which is known only at run time",
    ],
    ['SafeRolloutSwap@1', 'appName: a', 'exposes a'],
    ['SafeRolloutSwap@1', 'appName: a, targetSlot: qa', 'uploads a to qa'],
    ['SafeRolloutSwap@1', 'appName: a, action: preview', ''],
    ['SafeRolloutSwap@1', 'appName: a, SwapWithProduction: false, TargetSlot: qa', 'uploads a to qa'],
    [
      'SafeRolloutSwap@1',
      'appName: a, SwapWithProduction: false',
      '? SwapWithProduction and TargetSlot of SafeRolloutSwap@1 contradict each other',
    ],
    [
      'SafeRolloutSwap@1',
      'appName: a, SwapWithProduction: true, TargetSlot: qa',
      '? SwapWithProduction and TargetSlot of SafeRolloutSwap@1 contradict each other',
    ],
    ['SafeRolloutDeploy@1', 'azureSubscription: x', 'services all of service-graph.yml'],
    ['x.y.SafeRolloutDeploy@1', 'services: "a, b\\nc;d", graphFile: g/s.yml', 'services a+b+c+d of g/s.yml'],
    ['SafeRolloutDeploy@1', 'graphFile: "$(Pipeline.Workspace)/g.yml"', 'services all of g.yml'],
    [
      'SafeRolloutDeploy@1',
      'graphFile: "$(file)"',
      "? input 'graphFile' is '$(file)', which is known only at run time",
    ],
    [
      'SafeRolloutDeploy@1',
      'services: "$(services)"',
      "? input 'services' is '$(services)', which is known only at run time",
    ],
    ['SafeRolloutDeploy@1', 'environmentName: test', 'services all of service-graph.yml in test'],
    ['PublishPipelineArtifact@1', 'appName: a', ''],
    // The names, aliases and defaults of the task.json of each task.
    ['AzureFunctionApp@1', 'appName: f', 'exposes f'],
    ['AzureFunctionApp@2', 'appName: f, deployToSlotOrASE: true, slotName: next', 'uploads f to next'],
    ['AzureWebAppContainer@1', 'appName: c, containers: x', 'exposes c'],
    ['AzureFunctionAppContainer@1', 'appName: c, imageName: x', 'exposes c'],
    ['AzureRmWebAppDeployment@4', 'WebAppName: w', 'exposes w'],
    ['AzureRmWebAppDeployment@4', 'WebAppName: w, deployToSlotOrASE: true', 'exposes w'],
    ['AzureRmWebAppDeployment@5', 'WebAppName: w, DeployToSlotOrASEFlag: true, SlotName: s', 'uploads w to s'],
    ['AzureRmWebAppDeployment@3', 'WebAppName: w, DeployToSlotFlag: true, SlotName: s', 'uploads w to s'],
    [
      'AzureRmWebAppDeployment@4',
      'ConnectionType: PublishProfile',
      '? AzureRmWebAppDeployment@4 deploys to the app that its publish profile names',
    ],
    ['AzureContainerApps@1', 'containerAppName: c, resourceGroup: rg', 'containerApp: exposes c'],
    ['AzureContainerApps@1', 'imageToDeploy: x', '? AzureContainerApps@1 deploys an app named after the build'],
    ['AzureContainerApps@1', 'yamlConfigPath: app.yml', "? AzureContainerApps@1 deploys the app that 'app.yml' names"],
    ['AzureStaticWebApp@0', 'app_location: /', '? AzureStaticWebApp@0 tells its app by a secret token only'],
    ['AzureStaticWebApp@0', 'deployment_environment: preview', ''],
    ['KubernetesManifest@1', 'manifests: x.yml', '? KubernetesManifest@1 deploys what its manifests hold'],
    ['KubernetesManifest@0', 'action: createSecret', ''],
    [
      'KubernetesManifest@1',
      'action: patch, resourceToPatch: name, kind: deployment, name: pay',
      'kubernetes: exposes pay',
    ],
    [
      'Kubernetes@1',
      'arguments: -f k8s.yml, namespace: n',
      '? Kubernetes@1: `kubectl apply` deploys what its files hold',
    ],
    [
      'Kubernetes@0',
      'command: apply, useConfigurationFile: true, configuration: k8s.yml',
      '? Kubernetes@0: `kubectl apply` deploys what its files hold',
    ],
    [
      'Kubernetes@1',
      'command: set, arguments: "image deployment/pay web=r.io/pay:$(Build.BuildId)"',
      'kubernetes: exposes pay',
    ],
    ['Kubernetes@1', 'command: get, arguments: service', ''],
    ['Kubernetes@1', 'command: rollout, arguments: status deployment/pay', ''],
    ['HelmDeploy@0', 'command: upgrade, releaseName: pay', 'kubernetes: exposes pay'],
    ['HelmDeploy@1', 'releaseName: pay', ''],
    ['HelmDeploy@0', 'command: upgrade, releaseName: pay, arguments: "--dry-run"', ''],
    ['HelmDeploy@0', 'command: install', '? HelmDeploy@0 deploys a release without a name'],
    ['SqlAzureDacpacDeployment@1', 'ServerName: s, DatabaseName: d, DacpacFile: x', 'database: exposes d'],
    ['SqlAzureDacpacDeployment@1', 'deployType: InlineSqlTask, DatabaseName: d', 'database: exposes d'],
    ['SqlAzureDacpacDeployment@1', 'DeploymentAction: DriftReport, DatabaseName: d', ''],
    [
      'SqlAzureDacpacDeployment@1',
      'AuthenticationType: connectionString, ConnectionString: x',
      '? SqlAzureDacpacDeployment@1 deploys to the database of a connection string',
    ],
  ];
  for (const [task, inputs, expected] of cases)
    it(`${task} with ${inputs}`, () => assert.equal(found(task, inputs), expected));

  it('takes a step that is switched off for one that is not there', () => {
    const step = '- task: AzureWebApp@1\n  inputs: { appName: a }\n  enabled: ';
    const targets = (enabled: string): number =>
      findTargets(readPipeline(`steps:\n${step}${enabled}`, 'p.yml').pipeline!).targets.length;
    assert.deepEqual(['false', 'False', 'true', '$(x)', ''].map(targets), [0, 0, 1, 1, 1]);
  });

  const variables: [string, string, string][] = [
    ['variables: { app: a }\nsteps:', 'exposes a', 'a variable of the pipeline'],
    ['variables: { env: test, app: "pay-$(env)" }\nsteps:', 'exposes pay-test', 'a variable made of another'],
    ['variables: [{ name: App, value: a }]\nsteps:', 'exposes a', 'a list, and case that does not count'],
    [
      'variables: [{ name: app, value: a }, { group: g }]\nsteps:',
      "? input 'appName' is '$(app)', which is known only at run time",
      'a group behind, which may define it anew',
    ],
    ['variables: [{ group: g }, { name: app, value: a }]\nsteps:', 'exposes a', 'a group before'],
    [
      'variables: { app: "$(app)" }\nsteps:',
      "? input 'appName' is '$(app)', which is known only at run time",
      'a variable that is itself',
    ],
    [
      'variables: { app: "$[ variables.x ]" }\nsteps:',
      "? input 'appName' is '$(app)', which is known only at run time",
      'a runtime expression',
    ],
    [
      'variables: { app: a }\njobs:\n- job: x\n  variables: { app: b }\n  steps:',
      'exposes b',
      'a job before its pipeline',
    ],
    [
      'variables: { app: a }\nstages:\n- stage: s\n  variables: { app: c }\n  jobs:\n  - job: x\n    steps:',
      'exposes c',
      'a stage before its pipeline',
    ],
    [
      'variables: { app: a }\njobs:\n- job: x\n  variables: [{ group: g }]\n  steps:',
      "? input 'appName' is '$(app)', which is known only at run time",
      'a group of the job, which may hide it',
    ],
    [
      'variables: { app: z }\njobs:\n- job: x\n  strategy: { matrix: { one: { app: a }, two: { app: b } } }\n  steps:',
      'exposes a; exposes b',
      'each leg of a matrix',
    ],
    [
      'jobs:\n- job: x\n  strategy: { matrix: { one: { app: a }, two: { App: a, region: ne } } }\n  steps:',
      'exposes a',
      'legs that say the same',
    ],
    [
      'variables: { app: z }\nstrategy: { matrix: { one: { app: a } } }\nsteps:',
      'exposes a',
      'the one leg of a pipeline of bare steps',
    ],
    [
      'jobs:\n- job: x\n  variables: { app: z }\n  strategy: { matrix: { one: { app: a } } }\n  steps:',
      "? input 'appName' is '$(app)', which is known only at run time",
      'a leg and its job, of which nothing says who wins',
    ],
    [
      'variables: { app: z }\njobs:\n- job: x\n  strategy: { matrix: "$[ dependencies.a.outputs.b ]" }\n  steps:',
      "? input 'appName' is '$(app)', which is known only at run time",
      'a matrix that the run makes',
    ],
    [
      'jobs:\n- job: x\n  strategy: { matrix: { one: { app: a }, two: { other: b } } }\n  steps:',
      "exposes a; ? input 'appName' is '$(app)', which is known only at run time",
      'a leg that does not set it',
    ],
    [
      'variables: { app: a }\nsteps:\n- bash: echo "##vso[task.setvariable variable=APP]$x"',
      "? input 'appName' is '$(app)', which is known only at run time",
      'a step that sets it before',
    ],
    [
      'variables: { app: a }\nsteps:\n- bash: echo "##vso[task.setvariable variable=other;isOutput=true]$x"',
      'exposes a',
      'a step that sets another',
    ],
    [
      'variables: { app: a }\nsteps:\n- bash: echo "##vso[task.setvariable variable=$name]$x"',
      "? input 'appName' is '$(app)', which is known only at run time",
      'a step that sets any',
    ],
  ];
  for (const [head, expected, reason] of variables)
    it(`reads a name through ${reason}`, () => {
      const indent = /\n( *)steps:/.exec(`\n${head}`)![1]!;
      assert.equal(
        inPipeline(`${head}\n${indent}- task: AzureWebApp@1\n${indent}  inputs: { appName: $(app) }`),
        expected,
      );
    });
});
