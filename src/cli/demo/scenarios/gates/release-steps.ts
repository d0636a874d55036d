import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Gate, GatesEnd, GatesEvaluation, TaskDeclaration } from '../../../../emulator/start.ts';
import { deploy } from '../../../../rollout/deploy/deploy.ts';
import { audience, type Stage, type Step } from '../../scenario.ts';
import type { World } from '../../world.ts';
import { countSwaps, productionVersions } from '../contoso/figures.ts';
import { routePercent } from '../contoso/deploy-steps.ts';

const PAYMENTS = 'app-contoso-payments';
const GATES = ['health', 'routing'];

/** The gates of a classic release as it has them: the tasks of this extension, as they are published. */
async function gatesOf(world: World, stage: Stage, version: string): Promise<Gate[]> {
  const read = async (name: string): Promise<TaskDeclaration> =>
    JSON.parse(
      await readFile(join(stage.example, '../../tasks', name, `${name}V1`, 'task.json'), 'utf8'),
    ) as TaskDeclaration;
  const healthUrl = `${world.emulator.siteUrl(PAYMENTS)}/api/version`;
  return [
    {
      task: await read('SafeRolloutHealthGate'),
      inputs: { healthUrl, jsonPath: '$.version', expectedValue: version },
    },
    {
      task: await read('SafeRolloutRoutingGate'),
      inputs: { azureSubscription: 'contoso', appName: PAYMENTS, resourceGroupName: 'rg-contoso-prod' },
    },
  ];
}

const connections = { contoso: 'azure' } as const;

/** `health no yes, routing yes no`: what each gate said, evaluation by evaluation. */
function told({ evaluations }: Pick<GatesEnd, 'evaluations'>): string {
  return GATES.map((gate, index) => {
    const said = evaluations.map(({ verdicts }) => (verdicts[index]?.kind === 'passed' ? 'yes' : 'no'));
    return `${gate} ${said.join(' ')}`;
  }).join(', ');
}

export const untilPass: Step = {
  id: 'a',
  title: 'a classic release waits at two gates until both pass, and for five minutes without a break',
  run: async (world, stage) => {
    await world.pack({ payments: '2.4.1' });
    await routePercent(world, 'payments', 10);
    stage.say('a release of notifications asks: has payments 2.4.1, and do all users get production?');
    const evaluations: GatesEvaluation[] = [];
    const tell = async (evaluation: GatesEvaluation): Promise<void> => {
      evaluations.push(evaluation);
      stage.say(`evaluation ${evaluations.length}: ${told({ evaluations: [evaluation] })}`);
      if (evaluations.length === 1) {
        await routePercent(world, 'payments', 0);
        stage.say('somebody removes the routing rule of an abandoned canary from payments');
      }
      if (evaluations.length === 2) {
        const hotfix = await deploy(await world.plan(['payments']), world.ports('payments-2.4.1', audience(stage)));
        if (hotfix.outcome !== 'deployed') throw new Error(hotfix.reason);
      }
    };
    const { outcome } = await world.emulator.evaluateGates({
      gates: await gatesOf(world, stage, '2.4.1'),
      options: { stabilizationTime: 0, samplingInterval: 5, minimumSuccessDuration: 5, timeout: 1440 },
      connections,
      tell,
    });
    const stageOf = outcome === 'passed' ? await deployNotifications(world, stage) : 'not deployed';
    return {
      expected: 'passed: health no no yes yes, routing no yes yes yes; notifications deployed; notifications 2.4.0',
      found: `${outcome}: ${told({ evaluations })}; notifications ${stageOf}; ${await productionVersions(world, ['notifications'])}`,
    };
  },
};

async function deployNotifications(world: World, stage: Stage): Promise<string> {
  await world.pack({ notifications: '2.4.0' });
  const ports = world.ports('notifications-2.4.0', audience(stage));
  return (await deploy(await world.plan(['notifications']), ports)).outcome;
}

export const timesOut: Step = {
  id: 'b',
  title: 'gates that pass in turns, and never in the same evaluation, reject the stage when the time is over',
  run: async (world, stage) => {
    const evaluations: GatesEvaluation[] = [];
    const before = countSwaps(world, 'app-contoso-store');
    const tell = async (evaluation: GatesEvaluation): Promise<void> => {
      evaluations.push(evaluation);
      stage.say(`evaluation ${evaluations.length}: ${told({ evaluations: [evaluation] })}`);
      await inTurns(world, evaluations.length);
    };
    await inTurns(world, 0);
    const { outcome } = await world.emulator.evaluateGates({
      gates: await gatesOf(world, stage, '2.4.1'),
      options: { stabilizationTime: 0, samplingInterval: 5, minimumSuccessDuration: 0, timeout: 60 },
      connections,
      tell,
    });
    world.emulator.clearFaults();
    await routePercent(world, 'payments', 0);
    const both = evaluations.filter(({ verdicts }) => verdicts.every(({ kind }) => kind === 'passed')).length;
    const each = GATES.filter((_, index) => evaluations.some(({ verdicts }) => verdicts[index]?.kind === 'passed'));
    const after = countSwaps(world, 'app-contoso-store');
    return {
      expected: 'rejected: health and routing passed, both together 0 times; 0 swaps of the store',
      found: `${outcome}: ${each.join(' and ')} passed, both together ${both} times; ${after.requests - before.requests} swaps of the store`,
    };
  },
};

/** Before an even evaluation payments is ill and all users get production; before an odd one it is the other way round. */
async function inTurns(world: World, evaluation: number): Promise<void> {
  world.emulator.clearFaults();
  const isIll = evaluation % 2 === 0;
  if (isIll)
    world.emulator.addFault({
      match: { site: PAYMENTS, times: 'always' },
      effect: { kind: 'status', status: 503, body: '' },
    });
  await routePercent(world, 'payments', isIll ? 0 : 10);
}
