import assert from 'node:assert/strict';
import { credentialFor } from '../../../src/azure/identity/any-credential.ts';
import { findSubscription } from '../../../src/azure/arm/find-subscription.ts';
import { startEmulator, type Emulator } from '../../../src/emulator/start.ts';
import type { RolloutError } from '../../../src/rollout/errors.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { lightApp } from '../../emulator/light-app.ts';
import { endpointsOf } from '../hosts.ts';

describe('a subscription by its name', () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await startEmulator({ launch: lightApp });
  });
  after(() => emulator.close());
  beforeEach(() => emulator.clearFaults());

  const find = (given: string): Promise<string> => {
    const { tenantId, clientId, clientSecret } = emulator;
    const endpoints = endpointsOf(emulator);
    const credential = credentialFor({ kind: 'secret', tenantId, clientId, clientSecret }, endpoints);
    return findSubscription(given, '--subscription', { credential, endpoints, clock: systemClock });
  };
  const listed = (...names: readonly [string, string][]): void =>
    void emulator.addFault({
      match: { path: '^/subscriptions$' },
      effect: {
        kind: 'status',
        status: 200,
        body: { value: names.map(([subscriptionId, displayName]) => ({ subscriptionId, displayName })) },
      },
    });
  const refused = async (given: string, words: RegExp): Promise<void> =>
    assert.rejects(find(given), (error: RolloutError) => {
      assert.equal(error.facts.code, 'bad-input');
      assert.match(error.message, words);
      return true;
    });

  it('takes an id as it is, without a request', async () => {
    const seen = emulator.requests().length;
    assert.equal(await find('0000aaaa-11bb-22cc-33dd-444444eeeeee'), '0000aaaa-11bb-22cc-33dd-444444eeeeee');
    assert.equal(emulator.requests().length, seen);
  });

  it('finds it without regard to case', async () => {
    listed(['id-1', 'Contoso Production'], ['id-2', 'Contoso Test']);
    assert.equal(await find('contoso production'), 'id-1');
  });

  it('finds the one of the embedded Azure as az would see it', async () => {
    const found = await find('no such name').catch((error: RolloutError) => error.message);
    const [, name = ''] = /It sees ([^(]+) \(/.exec(found) ?? [];
    assert.equal(await find(name), emulator.subscriptionId);
  });

  it('names those that there are when there is none, or none at all', async () => {
    listed(['id-1', 'Contoso Test']);
    await refused('Contoso', /^--subscription: 'Contoso' is no subscription.* It sees Contoso Test \(id-1\)\.$/);
    listed();
    await refused('Contoso', /It sees none: give it a role in one, or check the tenant/);
  });

  it('does not guess between two of one name', async () => {
    listed(['id-1', 'Contoso'], ['id-2', 'CONTOSO']);
    await refused('contoso', /the name of 2 subscriptions: Contoso \(id-1\), CONTOSO \(id-2\)\. Give the id of one/);
  });
});
