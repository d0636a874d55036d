import assert from 'node:assert/strict';
import { readPipeline } from '../../src/pipeline/read-pipeline.ts';
import { findTargets } from '../../src/pipeline/targets.ts';

const found = (task: string, inputs: string): string => {
  const { pipeline } = readPipeline(`steps:\n- task: ${task}\n  inputs: { ${inputs} }`, 'p.yml');
  const { targets, unresolved, findings, complete } = findTargets(pipeline!);
  assert.equal(complete, unresolved.length === 0 && !inputs.includes('${{'));
  const said = targets.map(({ target }) => {
    switch (target.kind) {
      case 'exposes':
        return `exposes ${target.app}`;
      case 'uploads':
        return `uploads ${target.app} to ${target.slot}`;
      case 'services':
        return `services ${target.names === 'all' ? 'all' : target.names.join('+')} of ${target.graphFile}`;
    }
  });
  return [...said, ...unresolved.map(({ what }) => `? ${what}`), ...findings.map(({ message }) => `! ${message}`)].join(
    '; ',
  );
};

describe('findTargets', () => {
  const cases: [string, string, string][] = [
    ['AzureWebApp@1', 'appName: a', 'exposes a'],
    ['AzureWebApp@1', 'appName: a, slotName: staging', 'exposes a'],
    ['AzureWebApp@1', 'appName: a, deployToSlotOrASE: True, slotName: staging', 'uploads a to staging'],
    ['AzureWebApp@1', 'appName: a, deployToSlotOrASE: true', 'exposes a'],
    ['AzureWebApp@1', 'APPNAME: a, deploytoslotorase: true, slotname: PRODUCTION', 'exposes a'],
    ['AzureWebApp@1', 'package: p', "! AzureWebApp@1 needs the input 'appName'"],
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
    ['PublishPipelineArtifact@1', 'appName: a', ''],
  ];
  for (const [task, inputs, expected] of cases)
    it(`${task} with ${inputs}`, () => assert.equal(found(task, inputs), expected));

  it('takes a step that is switched off for one that is not there', () => {
    const step = '- task: AzureWebApp@1\n  inputs: { appName: a }\n  enabled: ';
    const targets = (enabled: string): number =>
      findTargets(readPipeline(`steps:\n${step}${enabled}`, 'p.yml').pipeline!).targets.length;
    assert.deepEqual(['false', 'False', 'true', '$(x)', ''].map(targets), [0, 0, 1, 1, 1]);
  });
});
