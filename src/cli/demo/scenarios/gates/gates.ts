import { deploy } from '../../../../rollout/deploy/deploy.ts';
import type { Scenario } from '../../scenario.ts';
import type { World } from '../../world.ts';
import { apiResponse, callback, expires } from './check-steps.ts';
import { timesOut, untilPass } from './release-steps.ts';

export const gates: Scenario = {
  name: 'gates',
  title: 'gates of a classic release, checks of an environment in both modes, an approval that expires',
  start: {
    what: "an embedded Azure with Contoso's three apps, where a minute of gates and checks takes 50 ms",
    example: 'contoso',
    copies: ['db'],
    azure: { pipelineMinuteMs: 50 },
    prepare,
  },
  steps: [untilPass, timesOut, apiResponse, callback, expires],
};

/** Payments 2.4.0 is what users have. */
async function prepare(world: World): Promise<void> {
  await world.pack({ payments: '2.4.0' });
  const { outcome, reason } = await deploy(await world.plan(['payments']), world.ports('payments-2.4.0'));
  if (outcome !== 'deployed') throw new Error(reason);
}
