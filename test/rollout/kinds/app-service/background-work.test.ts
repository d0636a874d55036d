import assert from 'node:assert/strict';
import type { SwapPolicy } from '../../../../src/rollout/way/policy.ts';
import { prepareUpload } from '../../../../src/rollout/kinds/app-service/swap-slot.ts';
import { rig, type Rig } from '../../rig.ts';

const FUNCTIONS = ['orders (queueTrigger)', 'nightly (timerTrigger)'];

describe('background work in the source slot', () => {
  let r: Rig;
  beforeEach(() => void (r = rig()));
  const isFunctionApp = (): void => {
    for (const slot of Object.values(r.app.slots)) Object.assign(slot, { functions: true });
  };
  const told = (level: string): string[] =>
    r.events.filter((one) => one.level === level && one.step === 'observe').map(({ message }) => message);
  const refused = async (policy: Partial<SwapPolicy>): Promise<string> => {
    const result = await r.swap(policy);
    assert.ok(result.outcome === 'refused', JSON.stringify(result));
    assert.deepEqual(
      result.refusals.map(({ rule }) => rule),
      ['background-work'],
    );
    assert.deepEqual(r.app.swapRequests, []);
    return result.refusals[0]!.message;
  };

  it('of a function app is warned of by name, and the swap goes on', async () => {
    isFunctionApp();
    r.app.triggers = FUNCTIONS;
    assert.equal((await r.swap()).outcome, 'promoted');
    const [message] = told('warning');
    assert.match(
      message!,
      /^In slot 'staging' functions work beside those of production, on a release that is not judged/,
    );
    assert.match(
      message!,
      /orders \(queueTrigger\), nightly \(timerTrigger\)\. Disable them.*AzureWebJobs\.NAME\.Disabled/,
    );
  });

  it('refuses the swap, and an upload before it, when it must not be', async () => {
    isFunctionApp();
    r.app.triggers = FUNCTIONS;
    assert.match(await refused({ backgroundWork: 'fail' }), /orders \(queueTrigger\).*Nothing was changed/);
    const upload = await prepareUpload(r.request({ backgroundWork: 'fail' }), r.ports);
    assert.equal(upload?.outcome, 'refused');
  });

  it('that cannot be read is told, and refuses when it must not be', async () => {
    isFunctionApp();
    r.app.triggers = undefined;
    assert.match(await refused({ backgroundWork: 'fail' }), /could not be read with these rights/);
    assert.equal((await r.swap()).outcome, 'promoted');
    assert.ok(
      told('info').some((message) => /Whether functions that nobody calls run in slot 'staging'/.test(message)),
    );
  });

  it('is nothing to speak of when there is none', async () => {
    isFunctionApp();
    assert.equal((await r.swap({ backgroundWork: 'fail' })).outcome, 'promoted');
    assert.deepEqual(told('warning'), []);
  });

  it('of other apps is looked for only when it must not be: a swap without need asks nothing', async () => {
    r.app.webJobs = ['cleaner'];
    assert.match(await refused({ backgroundWork: 'fail' }), /WebJobs run beside.*cleaner.*WEBJOBS_STOPPED/);
    assert.equal((await r.swap()).outcome, 'promoted');
    assert.deepEqual(told('warning'), []);
  });

  it('of hundreds is told by its first names', async () => {
    isFunctionApp();
    r.app.triggers = Array.from({ length: 25 }, (_, at) => `f${at} (timerTrigger)`);
    await r.swap();
    assert.match(told('warning')[0]!, /f19 \(timerTrigger\) and 5 more\./);
  });
});
