import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { signingKeys } from '../../../src/azure/identity/signing-keys.ts';
import type { HttpAnswer, HttpGet } from '../../../src/probe/http.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

const jwk = (kid: string, modulusLength = 2048, more: object = {}): object => ({
  ...generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' }),
  kid,
  use: 'sig',
  ...more,
});
const answer = (keys: unknown, status = 200): HttpAnswer => ({
  kind: 'answer',
  status,
  headers: {},
  body: typeof keys === 'string' ? keys : JSON.stringify({ keys }),
});
const HOUR = 3_600_000;

describe('the keys of a tenant', () => {
  let clock: FakeClock;
  let asked: string[];
  let next: HttpAnswer;
  const http: HttpGet = {
    get: ({ url }) => {
      asked.push(url);
      return Promise.resolve(next);
    },
  };
  const open = () => signingKeys('https://login.microsoftonline.com/', 'tenant', http, clock);
  const one = jwk('one');
  const two = jwk('two');
  beforeEach(() => {
    [clock, asked, next] = [new FakeClock(), [], answer([one])];
  });

  it('are fetched once, for however many who ask', async () => {
    const keys = open();
    const found = await Promise.all([keys.find('one'), keys.find('one'), keys.find('none')]);
    assert.deepEqual(found.map((key) => key?.asymmetricKeyType), ['rsa', 'rsa', undefined]); // prettier-ignore
    assert.deepEqual(asked, ['https://login.microsoftonline.com/tenant/discovery/v2.0/keys']);
  });

  it('are fetched again for a key that is not known, and not for each', async () => {
    const keys = open();
    await keys.find('one');
    next = answer([one, two]);
    assert.equal(await keys.find('two'), undefined);
    await clock.sleep(6 * 60_000);
    assert.ok(await keys.find('two'));
    for (const made of ['a', 'b', 'c']) await keys.find(made);
    assert.equal(asked.length, 2);
  });

  it('are fetched anew every day, and a key that is gone is not taken any more', async () => {
    const keys = open();
    await keys.find('one');
    await clock.sleep(23 * HOUR);
    await keys.find('one');
    assert.equal(asked.length, 1);
    next = answer([two]);
    await clock.sleep(2 * HOUR);
    assert.equal(await keys.find('one'), undefined);
    assert.ok(await keys.find('two'));
    assert.equal(asked.length, 2);
  });

  it('go on to be taken while they cannot be fetched anew', async () => {
    const keys = open();
    await keys.find('one');
    next = { kind: 'unreachable', reason: 'no way' };
    await clock.sleep(25 * HOUR);
    assert.ok(await keys.find('one'));
    assert.ok(await keys.find('one'));
    assert.equal(asked.length, 2, 'not for each who asks');
    await clock.sleep(24 * HOUR);
    await assert.rejects(keys.find('one'), /cannot be read: no way/, 'the tenant may have taken it back');
    await assert.rejects(keys.find('one'), /cannot be read/, 'nor for who asks right behind');
  });

  const unreadable: readonly (readonly [string, HttpAnswer])[] = [
    ['nobody answers', { kind: 'unreachable', reason: 'no way' }],
    ['an error', answer([one], 500)],
    ['no JSON', answer('<html>')],
    ['no list', answer('{"keys": 1}')],
    ['a weak key alone', answer([jwk('one', 1024)])],
    ['a key for something else', answer([jwk('one', 2048, { use: 'enc' })])],
    ['a key of another kind', answer([{ ...one, kty: 'EC' }, null, { kid: 'one', kty: 'RSA' }])],
  ];
  for (const [reason, given] of unreadable)
    it(`are not known: ${reason}`, async () => {
      next = given;
      const keys = open();
      await assert.rejects(keys.find('one'), /keys of the tenant cannot be read/);
      next = answer([one]);
      assert.ok(await keys.find('one'), 'and asked for again');
    });
});
