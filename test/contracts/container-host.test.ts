import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { systemClock } from '../../src/time/clock.ts';
import { containersOf } from '../azure/hosts.ts';
import { lightApp, lightPackage } from '../emulator/light-app.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { FakeContainer } from '../fakes/fake-container.ts';
import { containerHostContract } from './container-host-contract.ts';

describe('container host contract: the app in memory', () => {
  containerHostContract(() => {
    const clock = new FakeClock();
    const host = new FakeContainer(clock, 'orders');
    const missing = new FakeContainer(clock, 'nowhere');
    missing.exists = false;
    host.images['orders:2'] = { version: '2.0.0', status: () => 200 };
    return Promise.resolve({
      host,
      clock,
      image: 'orders:1',
      other: 'orders:2',
      loseReply: () => void host.changeFaults.push('applied'),
      conflict: () => void host.changeFaults.push('conflict'),
      missing,
    });
  });
});

describe('container host contract: the adapter of Azure, over the wire', () => {
  let emulator: Emulator;
  afterEach(() => emulator.close());

  containerHostContract(async () => {
    emulator = await startEmulator({
      containerAppMs: 250,
      launch: lightApp,
      images: { 'orders:1': await lightPackage('1.0.0'), 'orders:2': await lightPackage('2.0.0') },
      containerApps: [{ name: 'orders', resourceGroup: 'rg', image: 'orders:1', suffix: 'v1' }],
    });
    const match = { method: 'PATCH', path: '/containerapps/orders$' };
    const hosts = containersOf(emulator);
    return {
      host: hosts('orders'),
      clock: systemClock,
      image: 'orders:1',
      other: 'orders:2',
      loseReply: () => void emulator.addFault({ match, effect: { kind: 'applied-then-reset' } }),
      conflict: () => void emulator.addFault({ match, effect: { kind: 'app-conflict' } }),
      missing: hosts('nowhere'),
    };
  });
});
