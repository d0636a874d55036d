import assert from 'node:assert/strict';
import { startEmulator, type Emulator } from '../../../src/emulator/start.ts';
import { hostsOf } from '../hosts.ts';

describe('background work, on the wire', () => {
  let emulator: Emulator;

  before(async () => {
    emulator = await startEmulator({
      sites: [
        {
          name: 'orders',
          resourceGroup: 'rg',
          functions: {
            staging: [
              { name: 'take', trigger: 'httpTrigger' },
              { name: 'ship', trigger: 'queueTrigger' },
              { name: 'nightly', trigger: 'timerTrigger', disabled: true },
            ],
          },
        },
        {
          name: 'store',
          resourceGroup: 'rg',
          webJobs: {
            staging: [
              { name: 'cleaner', status: 'Running' },
              { name: 'mailer', status: 'Stopped' },
            ],
          },
        },
      ],
    });
  });
  after(() => emulator.close());
  afterEach(() => emulator.clearFaults());

  it('tells a function app from others', async () => {
    const kinds = await Promise.all(['orders', 'store'].map((app) => hostsOf(emulator)(app).observe('staging')));
    assert.deepEqual(
      kinds.map(({ functions }) => functions),
      [true, false],
    );
  });

  it('names functions that nobody calls and that are enabled', async () => {
    const host = hostsOf(emulator)('orders');
    assert.deepEqual(await host.backgroundWork('staging', true), ['ship (queueTrigger)']);
    assert.deepEqual(await host.backgroundWork('production', true), []);
  });

  it('names continuous WebJobs that run', async () =>
    assert.deepEqual(await hostsOf(emulator)('store').backgroundWork('staging', false), ['cleaner']));

  for (const effect of [
    { kind: 'forbidden' },
    { kind: 'status', status: 503 },
    { kind: 'html', status: 200 },
    { kind: 'reset' },
    { kind: 'status', status: 200, body: { unexpected: true } },
  ] as const)
    it(`cannot be read over ${JSON.stringify(effect)}`, async () => {
      emulator.addFault({ match: { path: '/functions$' }, effect });
      assert.equal(await hostsOf(emulator)('orders').backgroundWork('staging', true), undefined);
    });
});
