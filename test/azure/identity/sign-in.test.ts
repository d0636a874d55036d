import assert from 'node:assert/strict';
import type { TokenCredential } from '@azure/identity';
import { ArmClient } from '../../../src/azure/arm/arm-client.ts';
import { PUBLIC_AZURE } from '../../../src/azure/identity/credentials.ts';
import { RolloutError } from '../../../src/rollout/errors.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

/** A credential that fails as the sign-in library does: an error of its own, told by its name. */
function failing(message: string): TokenCredential & { asked: number } {
  return {
    asked: 0,
    getToken() {
      this.asked += 1;
      return Promise.reject(Object.assign(new Error(message), { name: 'AuthenticationError' }));
    },
  };
}

describe('signing in', () => {
  async function read(credential: TokenCredential): Promise<{ error: unknown; clock: FakeClock }> {
    const clock = new FakeClock();
    const client = new ArmClient(credential, 'sub', PUBLIC_AZURE, clock, { random: () => 0.5 });
    return {
      error: await client.read('/subscriptions/sub', 'the subscription').catch((error: unknown) => error),
      clock,
    };
  }

  it('asks a host that gives no answer again, and says so within a quarter of a minute', async () => {
    const credential = failing('network_error: connect ECONNREFUSED 127.0.0.1:1');
    const { error, clock } = await read(credential);
    assert.ok(error instanceof RolloutError && error.facts.code === 'unreadable', String(error));
    assert.match(error.message, /the sign-in host gave no answer/);
    assert.ok(credential.asked > 2, `asked ${credential.asked} times`);
    assert.ok(clock.monotonic() <= 15_000, `${clock.monotonic()} ms`);
  });

  it('takes a refusal for what it is, at once', async () => {
    const credential = failing('invalid_client: AADSTS7000215');
    const { error, clock } = await read(credential);
    assert.ok(error instanceof RolloutError && error.facts.code === 'unauthenticated', String(error));
    assert.deepEqual([credential.asked, clock.monotonic()], [1, 0]);
  });
});
