import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Catalogue, Service } from '../../../../src/catalogue/model.ts';
import { explainRun } from '../../../../src/journal/explain.ts';
import { fileJournal } from '../../../../src/journal/file-journal.ts';
import { fold } from '../../../../src/journal/fold.ts';
import { recorder } from '../../../../src/journal/recorder.ts';
import type { HttpAnswer } from '../../../../src/probe/http.ts';
import { concludeDeploy } from '../../../../src/report/deploy-conclusion.ts';
import { incidentRecord } from '../../../../src/report/incident-record.ts';
import { concludePlan } from '../../../../src/report/plan-conclusion.ts';
import { concludeRollBack } from '../../../../src/report/roll-back-conclusion.ts';
import { deploy } from '../../../../src/rollout/deploy/deploy.ts';
import { journalLocks } from '../../../../src/rollout/fence/journal-locks.ts';
import { KINDS } from '../../../../src/rollout/kinds/table.ts';
import type { DeploymentPlan } from '../../../../src/rollout/plan/plan.ts';
import { planDeployment } from '../../../../src/rollout/planning/plan-deployment.ts';
import type { DeployPorts, RolloutEvent } from '../../../../src/rollout/ports.ts';
import { rollBack } from '../../../../src/rollout/recover/roll-back.ts';
import { DEFAULT_SWAP_POLICY } from '../../../../src/rollout/way/policy.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { kiosk, Screen } from './kiosk.ts';

/** What a new kind costs: the folder of this file, and the line of `before`. */
describe('a kind that is a folder and a line in the table', () => {
  before(() => void (KINDS['kiosk'] = kiosk));
  after(() => void delete KINDS['kiosk']);

  const place = { file: 'g.yml', line: 1, column: 1 };
  const service = (name: string, dependsOn: readonly string[]): Service =>
    ({
      ...place,
      kind: 'kiosk',
      name,
      dependsOn: dependsOn.map((one) => ({ ...place, service: one, range: undefined })),
      deployedBy: [],
      pointOfNoReturn: false,
    }) as unknown as Service;

  /** Two screens, the second of which needs the first; a journal in a file. */
  async function hall() {
    const folder = await mkdtemp(join(tmpdir(), 'safe-rollout-kiosk-'));
    const screens: Record<string, Screen> = { lobby: new Screen(), stage: new Screen() };
    const clock = new FakeClock();
    const events: RolloutEvent[] = [];
    const bad = new Set<string>();
    let processes = 0;
    const ports = (): DeployPorts => {
      const pen = recorder(fileJournal(join(folder, 'j.jsonl')), clock, 'run', `p${(processes += 1)}`);
      return {
        host: ({ app }) => screens[app]!,
        http: {
          get: ({ url }) => {
            const status = bad.has(url.split('/')[3]!) ? 500 : 200;
            return Promise.resolve<HttpAnswer>({ kind: 'answer', status, headers: {}, body: '' });
          },
        },
        clock,
        journal: pen,
        locks: journalLocks(pen, clock),
        tell: (event) => void events.push(event),
        commands: { run: () => Promise.reject(new Error('there is no command')) },
      };
    };
    const services = [service('lobby', []), service('stage', ['lobby'])];
    const catalogue: Catalogue = { file: 'g.yml', services, environments: [], deploys: undefined };
    const { plan, problems } = planDeployment(catalogue, {
      services: [],
      releases: new Map([
        ['lobby', 'new'],
        ['stage', 'new'],
      ]),
      packages: new Map(),
      documents: new Map(),
      subscription: 'sub',
      resourceGroup: undefined,
      parallel: 2,
      rollbackScope: 'dependents',
      policy: DEFAULT_SWAP_POLICY,
      resolve: (path) => path,
    });
    assert.deepEqual(problems, []);
    return {
      folder,
      screens,
      events,
      bad,
      ports,
      plan: plan as DeploymentPlan,
      films: () =>
        Object.values(screens)
          .map(({ film }) => film)
          .join(' '),
    };
  }

  let h: Awaited<ReturnType<typeof hall>>;
  beforeEach(async () => void (h = await hall()));
  afterEach(() => rm(h.folder, { recursive: true, force: true }));

  it('is planned, deployed in order, journalled and shown', async () => {
    assert.match(
      concludePlan(h.plan).text,
      /lobby new: on the screen 'lobby'[^]*stage new: on the screen 'stage', after lobby/,
    );
    const result = await deploy(h.plan, h.ports());
    assert.equal(result.outcome, 'deployed', result.reason);
    assert.equal(h.films(), 'new new');
    const shown = concludeDeploy('run', result, h.events, () => 'undo').markdown;
    assert.match(shown, /\| lobby \| done \|[^]*\| stage \| done \|/);
    assert.match(shown, /show another film on 'lobby', attempt 1/);
    const state = fold(await h.ports().journal.read());
    assert.deepEqual(state.problems, []);
    assert.deepEqual(
      state.promotions.map((one) => [one.service, one.state, one.target.kind, one.before.kind]),
      [
        ['lobby', 'verified', 'kiosk', 'kiosk'],
        ['stage', 'verified', 'kiosk', 'kiosk'],
      ],
    );
  });

  it('is not deployed again by the next attempt of the run', async () => {
    await deploy(h.plan, h.ports());
    assert.equal((await deploy(h.plan, h.ports())).outcome, 'deployed');
    assert.deepEqual(h.screens['lobby']!.changes, ['new']);
  });

  it('is rolled back with its dependents, dependents first, and recorded', async () => {
    await deploy(h.plan, h.ports());
    const ports = h.ports();
    const undone = await rollBack({ scope: 'dependents', services: ['lobby'], reason: 'the film tears' }, ports);
    assert.equal(undone.outcome, 'rolled-back', undone.reason);
    assert.equal(h.films(), 'old old');
    const { entries } = await ports.journal.read();
    const order = entries
      .filter(({ action, phase }) => action === 'undo' && phase === 'done')
      .map((one) => one.service);
    assert.deepEqual(order, ['stage', 'lobby']);
    const incident = incidentRecord({
      run: 'run',
      at: 0,
      by: undefined,
      reason: 'the film tears',
      result: undone,
      promotions: fold({ entries, problems: [] }).promotions,
      entries,
    });
    const told = incident.services.map((one) => `${one.service} ${one.outcome} ${one.releaseDeployed}`);
    assert.deepEqual(told, ['lobby undone new', 'stage undone new']);
    assert.match(
      concludeRollBack(undone, incident, h.events, 'again').text,
      /lobby +undone[^]*stage +undone|stage +undone[^]*lobby +undone/,
    );
  });

  it("is found by a hook that knows nothing but the journal, and left alone where it is somebody else's", async () => {
    await deploy(h.plan, h.ports());
    h.screens['stage']!.show('theirs');
    const result = await rollBack({ scope: 'dependents', services: ['stage'], reason: 'asked' }, h.ports());
    assert.equal(result.outcome, 'person');
    assert.match(result.reason, /'stage' shows theirs/);
    assert.equal(h.films(), 'new theirs');
    assert.match(result.seen?.[0]?.sentence ?? '', /'stage' shows theirs/);
  });

  it('is explained from its journal', async () => {
    await deploy(h.plan, h.ports());
    const reading = await h.ports().journal.read();
    const { services } = explainRun(reading);
    assert.match(services[0]?.proven ?? '', /it was promoted/);
  });
});
