import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { isToken, issuersOf, whyNotTaken, type EntraTrust, type SigningKeys } from '../../src/gate/entra-token.ts';

const TENANT = '0ef135cb-8cdd-4557-a536-e6f20b82b4b9';
const APP = '5b2f7f0e-0000-4000-8000-00000000c0de';
const NOW = Date.UTC(2026, 0, 5, 3, 0, 0);
const SECONDS = NOW / 1000;
const AUTHORITY = 'https://login.microsoftonline.com';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
const asked: string[] = [];
const keys: SigningKeys = {
  find: (id) => {
    asked.push(id);
    return Promise.resolve(
      id === 'ours' ? createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })) : undefined,
    );
  },
};
const trust: EntraTrust = {
  tenant: TENANT,
  issuers: issuersOf(AUTHORITY, TENANT),
  audiences: ['api://gate', APP],
  apps: [APP],
};

const first = {
  iss: `https://sts.windows.net/${TENANT}/`,
  tid: TENANT,
  aud: 'api://gate',
  appid: APP,
  nbf: SECONDS - 60,
  exp: SECONDS + 3600,
  ver: '1.0',
};
const { appid: _, ...rest } = first;
const second = { ...rest, iss: `${AUTHORITY}/${TENANT}/v2.0`, aud: APP, azp: APP, ver: '2.0' };

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
function token(claims: unknown, header: object = {}, key: KeyObject = privateKey): string {
  const unsigned = `${encode({ typ: 'JWT', alg: 'RS256', kid: 'ours', ...header })}.${encode(claims)}`;
  return `${unsigned}.${sign('sha256', Buffer.from(unsigned), key).toString('base64url')}`;
}
const why = (text: string): Promise<string | undefined> => whyNotTaken(text, trust, keys, NOW);

describe('a token of Entra', () => {
  for (const [name, claims] of [
    ['version 1.0', first],
    ['version 2.0', second],
    ['ids in another letter case', { ...first, tid: TENANT.toUpperCase(), appid: APP.toUpperCase() }],
    ['an end within the skew of clocks', { ...first, exp: SECONDS - 60 }],
    ['a beginning within the skew of clocks', { ...first, nbf: SECONDS + 60 }],
  ] as const)
    it(`is taken: ${name}`, async () => assert.equal(await why(token(claims)), undefined));

  const { tid: noTenant, exp: noEnd, ...without } = first;
  void [noTenant, noEnd];
  const refused: readonly (readonly [reason: string, token: string, said: RegExp])[] = [
    ['of another tenant', token({ ...first, tid: APP }), /its tenant is/],
    ['of no tenant', token({ ...without, exp: first.exp }), /its tenant is not told/],
    ['by another issuer', token({ ...first, iss: `https://sts.windows.net/${APP}/` }), /its issuer is .*not the tenant/],
    ['by an issuer that begins like ours', token({ ...first, iss: `${first.iss}x` }), /its issuer is/],
    ['for Azure itself', token({ ...first, aud: 'https://management.azure.com' }), /made out to 'https:\/\/management\.azure\.com'/],
    ['for several', token({ ...first, aud: ['api://gate'] }), /made out to not told/],
    ['of another application', token({ ...first, appid: TENANT }), /its application is .*none of --entra-apps/],
    ['of no application', token(rest), /its application is not told/],
    ['of a person', token({ ...first, scp: 'user_impersonation' }), /speaks for a person/],
    ['that has ended', token({ ...first, exp: SECONDS - 600 }), /has ended/],
    ['without an end', token({ ...without, tid: TENANT }), /has ended, or does not say/],
    ['with an end in words', token({ ...first, exp: '2030' }), /has ended, or does not say/],
    ['that has not begun', token({ ...first, nbf: SECONDS + 600 }), /not begun/],
    ['signed by somebody else', token(first, {}, other.privateKey), /signature is wrong/],
    ['with a key that nobody knows', token(first, { kid: 'theirs' }), /a key that the tenant does not have/],
    ['without the name of a key', token(first, { kid: undefined }), /a key that the tenant does not have/],
    ['that is not signed', `${encode({ alg: 'none' })}.${encode(first)}.AA`, /not signed as Entra signs/],
    ['signed with a shared key', token(first, { alg: 'HS256' }), /not signed as Entra signs/],
    ['with demands of its own', token(first, { crit: ['exp'] }), /not known here/],
    ['whose claims were changed', token(first).replace(/\..*\./, `.${encode({ ...first, exp: first.exp + 1 })}.`), /signature is wrong/],
    ['whose claims are no object', token('[]'), /form of a token/],
    ['whose claims are no JSON', token('{'), /form of a token/],
    ['of two parts', 'a.b', /form of a token/],
    ['too long', `${'a'.repeat(12_000)}.a.a`, /form of a token/],
  ]; // prettier-ignore
  for (const [reason, text, said] of refused)
    it(`is not taken: ${reason}`, async () => assert.match((await why(text)) ?? 'taken', said));

  it('has no keys fetched before what costs nothing was asked', async () => {
    asked.length = 0;
    for (const [, text] of refused.slice(0, 12)) await why(text);
    assert.deepEqual(asked, []);
  });

  it('shows nothing of itself that could speak in a log', async () => {
    const said = await why(token({ ...first, aud: '##vso[task.complete]\n"'.repeat(40) }));
    assert.doesNotMatch(said ?? '', /[#[\n"]/);
    assert.ok((said ?? '').length < 200);
  });

  it('is told from a secret by its form', () => {
    assert.ok(isToken(token(first)));
    for (const text of ['', 'a.b', 'a.b.c.d', 'a b.c.d', 'a..c']) assert.ok(!isToken(text), text);
  });

  it('names its tenant by the cloud that it is of', () => {
    assert.deepEqual(issuersOf('https://login.microsoftonline.us/', 't'), [
      'https://sts.windows.net/t/',
      'https://login.microsoftonline.us/t/v2.0',
    ]);
    assert.deepEqual(issuersOf('https://login.chinacloudapi.cn', 't'), [
      'https://sts.chinacloudapi.cn/t/',
      'https://login.partner.microsoftonline.cn/t/v2.0',
    ]);
  });
});
