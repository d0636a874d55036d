import { startEmulator } from '../../../src/emulator/start.ts';
import { armClient, ask, PATIENT, until } from '../client.ts';
import { tinyApp, zipOf } from '../tiny-app.ts';

/** Run as a process of its own by lifeline.test.ts: two apps, one of them stuck in an endless loop, then wait to be killed. */
const STUCK = `require('node:http').createServer(() => { require('node:fs').writeSync(1, 'stuck'); for (;;); }).listen(process.env.PORT)`;

async function main(): Promise<void> {
  const emulator = await startEmulator({ ...PATIENT, sites: [{ name: 'payments', resourceGroup: 'rg' }] });
  const arm = await armClient(emulator);
  await arm.deploy('payments', await tinyApp('1.0.0'));
  await arm.deploy('payments-staging', await zipOf({ 'index.js': STUCK }));
  await ask(emulator, emulator.siteUrl('payments'));
  ask(emulator, emulator.siteUrl('payments', 'staging')).catch(() => undefined);
  await until(() => emulator.siteState('payments').slots['staging']!.output === 'stuck');
  const { production, staging } = emulator.siteState('payments').slots;
  process.stdout.write(`${JSON.stringify([production?.pid, staging?.pid])}\n`);
}

void main();
