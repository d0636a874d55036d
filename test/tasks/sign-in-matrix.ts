import assert from 'node:assert/strict';
import { HOSTS, openSignInRig, type Cloud, type Scheme, type SignInRig, type Way } from './sign-in-rig.ts';
import { builtProduct } from './built-tasks.ts';

/** Cells of the matrix of ways to sign in, each a task that swaps: from its service connection to Azure and back. */
export function signInMatrix(cells: readonly (readonly [Scheme, Cloud, Way])[]): void {
  let rig: SignInRig;
  before(async function () {
    this.timeout(60_000);
    await builtProduct();
    rig = await openSignInRig();
  });
  after(() => rig.close());

  for (const [scheme, cloud, way] of cells)
    it(`${scheme}, ${cloud} cloud, ${way}`, async function () {
      this.timeout(30_000);
      const { arm, authority } = HOSTS[cloud];
      const before = rig.emulator.siteState('payments').swaps.length;
      const end = await rig.swap(scheme, cloud, way);
      assert.equal(end.result, 'Succeeded', end.message);
      assert.equal(rig.emulator.siteState('payments').swaps.length - before, 1);
      const asked = rig.asked();
      const machine = scheme === 'managed identity';
      assert.deepEqual(asked.hosts, machine ? [arm] : [authority, arm].sort(), 'this cloud, and no other');
      assert.deepEqual(asked.machine, machine ? [`https://${arm}`] : []);
      const led = asked.tunnels.filter((place) => !place.startsWith('127.0.0.1:'));
      assert.deepEqual(led, way === 'direct' ? [] : asked.hosts.map((host) => `${host}:443`));
    });
}
