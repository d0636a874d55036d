import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/start.ts';
import { ask } from '../emulator/client.ts';
import { post, startGate, startPatient, withSecret, type GateProcess, type Patient } from './gate-service.ts';

const AUDIENCE = 'api://gate-of-contoso';
const TENANT = '0ef135cb-8cdd-4557-a536-e6f20b82b4b9';
const APP = '5b2f7f0e-0000-4000-8000-00000000c0de';

/** The bundled service, and tokens that an Entra of the emulator gives, signed and published as Entra's are. */
describe('the gate service and tokens of Entra', function () {
  this.timeout(60_000);
  let patient: Patient;
  let state: string;
  const opened: Emulator[] = [];
  const gates: GateProcess[] = [];

  before(async () => {
    patient = await startPatient();
    patient.statuses.set('/health', 200);
    state = mkdtempSync(join(tmpdir(), 'safe-rollout-entra-'));
  });
  after(async () => {
    for (const gate of gates) await gate.end('SIGTERM');
    for (const emulator of opened) await emulator.close();
    await patient.close();
    rmSync(state, { recursive: true, force: true });
  });

  async function entra(options: EmulatorOptions = {}): Promise<Emulator> {
    const emulator = await startEmulator({
      tenantId: TENANT,
      clientId: APP,
      audiences: [AUDIENCE, 'api://other'],
      ...options,
    });
    opened.push(emulator);
    return emulator;
  }
  async function serve(emulator: Emulator, apps = APP): Promise<GateProcess> {
    const flags = ['--entra-tenant', TENANT, '--entra-audiences', AUDIENCE, '--entra-apps', apps];
    const gate = await startGate(emulator, join(state, String(gates.length)), flags, {
      AZURE_AUTHORITY_HOST: emulator.authorityUrl,
    });
    gates.push(gate);
    return gate;
  }
  async function tokenFor(emulator: Emulator, audience = AUDIENCE): Promise<string> {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: emulator.clientId,
      client_secret: emulator.clientSecret,
      scope: `${audience}/.default`,
    });
    const answer = await ask(emulator, `${emulator.authorityUrl}/${TENANT}/oauth2/v2.0/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    });
    assert.equal(answer.status, 200, answer.text);
    return String(answer.json.access_token);
  }
  const check = (gate: GateProcess, headers: Record<string, string>) =>
    post(`${gate.url}/check/health`, { url: `${patient.url}/health` }, headers);
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  it('answers who shows one, and who knows the secret; keys are fetched once', async () => {
    const emulator = await entra();
    const gate = await serve(emulator);
    const token = await tokenFor(emulator);
    for (const headers of [bearer(token), bearer(token), withSecret]) {
      const { status, text } = await check(gate, headers);
      assert.equal(status, 200, text);
    }
    assert.equal(emulator.requests({ path: /\/discovery\/v2\.0\/keys$/ }).length, 1);
    const log = JSON.stringify(gate.log());
    assert.ok(!log.includes(token.slice(0, 40)) && !log.includes(token.slice(-40)), 'the token stands in the log');
  });

  it('turns away others, and says why', async () => {
    const emulator = await entra();
    const gate = await serve(emulator);
    const good = await tokenFor(emulator);
    const spoiled = `${good.slice(0, -6)}AAAAAA`;
    const elsewhere = await entra();
    const rows: readonly (readonly [string, string, RegExp])[] = [
      ['for another application', await tokenFor(emulator, 'api://other'), /made out to 'api:\/\/other'/],
      ['for Azure', await tokenFor(emulator, emulator.armUrl), /not signed as Entra signs|made out to/],
      ['with another signature', spoiled, /its signature is wrong/],
      ['of another Entra', await tokenFor(elsewhere), /a key that the tenant does not have/],
    ];
    for (const [name, token, reason] of rows) {
      const { status, json } = await check(gate, bearer(token));
      assert.equal(status, 401, name);
      assert.match(json.reason, reason);
    }
    assert.match((await check(gate, {})).json.reason, /the secret is missing or wrong/);
    const refused = gate.log().filter((line: { event: string }) => line.event === 'a request was refused');
    assert.deepEqual(refused.map(({ why }: { why: string }) => why), ['token', 'token', 'token', 'token', 'secret']); // prettier-ignore
    assert.equal(patient.asked.get('/health'), 3 * 3, 'nobody was asked for them');
  });

  it('takes no token of an application that is not listed', async () => {
    const emulator = await entra();
    const gate = await serve(emulator, TENANT);
    const { status, json } = await check(gate, bearer(await tokenFor(emulator)));
    assert.equal(status, 401);
    assert.match(json.reason, /none of --entra-apps/);
  });

  it('knows nothing while the keys cannot be read, and says that it is not the token', async () => {
    const emulator = await entra();
    emulator.addFault({
      match: { path: '/discovery/v2.0/keys$', times: 'always' },
      effect: { kind: 'status', status: 500, body: '' },
    });
    const gate = await serve(emulator);
    const token = await tokenFor(emulator);
    const { status, json } = await check(gate, bearer(token));
    assert.equal(status, 503);
    assert.match(json.reason, /the keys of the tenant cannot be read: status 500/);
    emulator.clearFaults();
    assert.equal((await check(gate, bearer(token))).status, 200);
  });

  it('takes none where no tenant was named, and tells it by the same words as ever', async () => {
    const emulator = await entra();
    const gate = await startGate(emulator, join(state, 'none'));
    gates.push(gate);
    const { status, json } = await check(gate, bearer(await tokenFor(emulator)));
    assert.equal(status, 401);
    assert.match(json.reason, /the secret is missing or wrong/);
  });
});
