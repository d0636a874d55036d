import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { systemClock } from '../../src/time/clock.ts';
import { hostsOf } from '../azure/hosts.ts';
import { tinyApp } from '../emulator/tiny-app.ts';
import { FakeApp } from '../fakes/fake-app.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { slotHostContract } from './slot-host-contract.ts';

describe('slot host contract: the app in memory', () => {
  slotHostContract(() => {
    const clock = new FakeClock();
    const host = new FakeApp(clock, 'app', { production: '', staging: '' });
    host.swapMs = 200;
    host.packages['good'] = { version: '1.0.0', status: () => 200 };
    return Promise.resolve({
      host,
      clock,
      packageFile: () => Promise.resolve('good'),
      brokenFile: () => Promise.resolve('broken'),
    });
  });
});

describe('slot host contract: the adapter of Azure, over the wire', () => {
  let emulator: Emulator;
  let folder: string;
  let sites = 0;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'safe-rollout-contract-'));
    emulator = await startEmulator({ swapMs: 400 });
  });
  after(async () => {
    await emulator.close();
    await rm(folder, { recursive: true, force: true });
  });

  slotHostContract(async () => {
    const name = `app-${(sites += 1)}`;
    await emulator.addSite({ name, resourceGroup: 'rg' });
    const file = join(folder, `${name}.zip`);
    return {
      host: hostsOf(emulator)(name),
      clock: systemClock,
      packageFile: async (version) => {
        await writeFile(file, await tinyApp(version));
        return file;
      },
      brokenFile: async () => {
        await writeFile(file, 'no zip');
        return file;
      },
    };
  });
});
