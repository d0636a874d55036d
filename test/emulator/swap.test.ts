import assert from 'node:assert/strict';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { armClient, ask } from './client.ts';
import { tinyApp } from './tiny-app.ts';

describe('emulator: swap', () => {
  let emulator: Emulator;
  let arm: Awaited<ReturnType<typeof armClient>>;

  beforeEach(async () => {
    emulator = await startEmulator({
      swapMs: 40,
      sites: [
        {
          name: 'payments',
          resourceGroup: 'rg',
          appSettings: { production: { DATABASE: 'live', FLAG: 'old' }, staging: { DATABASE: 'trial', FLAG: 'new' } },
          stickySettings: ['DATABASE'],
        },
      ],
    });
    arm = await armClient(emulator);
  });
  afterEach(() => emulator.close());

  const release = async (slot?: string): Promise<unknown> =>
    (await ask(emulator, emulator.siteUrl('payments', slot))).json.release;

  it('moves what the slots hold, and with it every sign of it', async () => {
    await arm.deploy('payments', await tinyApp('1.0.0'));
    await arm.deploy('payments-staging', await tinyApp('2.0.0'));
    const before = emulator.siteState('payments');
    const accepted = await arm.swap('payments');
    assert.equal(accepted.status, 202);
    assert.equal(accepted.text, '');
    assert.equal(accepted.headers['retry-after'], '1');
    const done = await arm.settle(accepted);
    assert.equal(done.status, 200);
    assert.equal(done.json.name, 'payments/staging');
    const after = emulator.siteState('payments');
    assert.equal(after.slots['production']!.deploymentId, before.slots['staging']!.deploymentId);
    assert.equal(after.slots['staging']!.deploymentId, 'payments');
    assert.equal(await release(), '2.0.0');
    assert.equal(await release('staging'), '1.0.0');
    const { slotSwapStatus, inProgressOperationId } = (await arm.site('GET', 'payments')).json.properties;
    assert.equal(slotSwapStatus.sourceSlotName, 'staging');
    assert.equal(slotSwapStatus.destinationSlotName, 'Production');
    assert.equal(inProgressOperationId, null);
    assert.deepEqual(
      after.swaps.map(({ source, target }) => [source, target]),
      [['staging', 'production']],
    );
  });
});
