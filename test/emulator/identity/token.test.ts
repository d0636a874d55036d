import assert from 'node:assert/strict';
import { startEmulator, type Emulator } from '../../../src/emulator/start.ts';
import { ask, armClient, tokenOf } from '../client.ts';

describe('emulator: Entra and what ARM makes of its tokens', () => {
  let emulator: Emulator;
  const site = (): string =>
    `${emulator.armUrl}/subscriptions/${emulator.subscriptionId}/resourceGroups/rg/providers/Microsoft.Web/sites/payments`;
  const token = (fields: Record<string, string>, tenant = emulator.tenantId) =>
    ask(emulator, `${emulator.authorityUrl}/${tenant}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: emulator.clientId,
        client_secret: emulator.clientSecret,
        scope: 'https://management.azure.com/.default',
        ...fields,
      }).toString(),
    });

  before(async () => {
    emulator = await startEmulator({ sites: [{ name: 'payments', resourceGroup: 'rg' }] });
  });
  after(() => emulator.close());

  const refused: [Record<string, string>, number, string, number][] = [
    [{ client_secret: 'wrong' }, 401, 'invalid_client', 7000215],
    [{ client_id: '00000000-0000-4000-8000-000000000000' }, 400, 'unauthorized_client', 700016],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type', 70003],
    [{ scope: 'https://elsewhere.example/.default' }, 400, 'invalid_resource', 500011],
  ];
  for (const [fields, status, error, code] of refused) {
    it(`refuses ${Object.keys(fields).join()} with AADSTS${code}`, async () => {
      const answer = await token(fields);
      assert.equal(answer.status, status);
      assert.equal(answer.json.error, error);
      assert.deepEqual(answer.json.error_codes, [code]);
      assert.match(
        answer.json.error_description,
        new RegExp(`^AADSTS${code}: .*Trace ID: .*Correlation ID: .*Timestamp: `),
      );
      assert.equal(answer.json.access_token, undefined);
    });
  }

  it('has a secret that no command line takes for a flag', () => {
    for (const secret of [emulator.clientSecret, emulator.devOpsToken]) assert.match(secret, /^[\da-f]{48}$/);
  });

  it('knows its own tenant only', async () => {
    assert.deepEqual((await token({}, 'other-tenant')).json.error_codes, [90002]);
  });

  it('issues a token that decodes and that ARM accepts', async () => {
    const { json } = await token({});
    const claims = JSON.parse(Buffer.from(String(json.access_token).split('.')[1]!, 'base64url').toString()) as Record<
      string,
      unknown
    >;
    assert.equal(claims['aud'], 'https://management.azure.com');
    assert.equal(json.token_type, 'Bearer');
    const answer = await ask(emulator, site(), { headers: { authorization: `Bearer ${json.access_token}` } });
    assert.equal(answer.status, 200);
  });

  it('is known under both names of this machine', async () => {
    const port = new URL(emulator.armUrl).port;
    for (const host of ['localhost', '127.0.0.1', 'example.com']) {
      const { status } = await token({ scope: `https://${host}:${port}/.default` });
      assert.equal(status, host === 'example.com' ? 400 : 200, host);
    }
  });

  const bad: [string, string | undefined, string][] = [
    ['no token', undefined, 'AuthenticationFailed'],
    ['a token of nobody', 'Bearer eyJhbGciOiJub25lIn0.e30.', 'InvalidAuthenticationToken'],
    ['a word that is no token', 'Bearer nonsense', 'InvalidAuthenticationToken'],
    ['basic credentials', 'Basic dXNlcjpwYXNz', 'AuthenticationFailed'],
  ];
  for (const [what, authorization, code] of bad) {
    it(`ARM answers ${what} with 401 ${code}`, async () => {
      const answer = await ask(emulator, site(), authorization === undefined ? {} : { headers: { authorization } });
      assert.equal(answer.status, 401);
      assert.equal(answer.json.error.code, code);
      assert.ok(
        String(answer.headers['www-authenticate']).startsWith(`Bearer authorization_uri="${emulator.authorityUrl}/`),
      );
    });
  }

  it('ARM refuses a token that another start has issued', async () => {
    const other = await startEmulator();
    const foreign = await tokenOf(other);
    await other.close();
    assert.equal((await ask(emulator, site(), { headers: { authorization: `Bearer ${foreign}` } })).status, 401);
  });

  it('ARM refuses a token that has expired', async () => {
    const brief = await startEmulator({ tokenSeconds: 0, sites: [{ name: 'payments', resourceGroup: 'rg' }] });
    const answer = await (await armClient(brief)).site('GET', 'payments');
    await brief.close();
    assert.equal(answer.status, 401);
    assert.equal(answer.json.error.code, 'ExpiredAuthenticationToken');
  });

  it('tells clients where everything is', async () => {
    const oidc = await ask(
      emulator,
      `${emulator.authorityUrl}/${emulator.tenantId}/v2.0/.well-known/openid-configuration`,
    );
    assert.equal(oidc.json.token_endpoint, `${emulator.authorityUrl}/${emulator.tenantId}/oauth2/v2.0/token`);
    const cloud = await ask(emulator, `${emulator.armUrl}//metadata/endpoints?api-version=2022-09-01`);
    assert.equal(cloud.json.authentication.loginEndpoint, emulator.authorityUrl);
    const clouds = await ask(emulator, `${emulator.armUrl}/metadata/endpoints?api-version=2019-05-01`);
    assert.equal(clouds.json[0].name, 'AzureCloud');
    const arm = await armClient(emulator);
    const subscriptions = await arm.call(`${emulator.armUrl}/subscriptions?api-version=2020-01-01`);
    assert.equal(subscriptions.json.value[0].subscriptionId, emulator.subscriptionId);
    assert.equal(
      (await arm.call(`${emulator.armUrl}/tenants?api-version=2020-01-01`)).json.value[0].tenantId,
      emulator.tenantId,
    );
  });
});
