import assert from 'node:assert/strict';
import { entryName } from '../../src/journal/entry-name.ts';
import type { Entry } from '../../src/journal/entry.ts';
import { untilGatesEnd } from '../../src/emulator/release/gates.ts';
import { startEmulator, type Emulator, type FaultEffect } from '../../src/emulator/start.ts';
import { armClient, ask } from '../emulator/client.ts';
import { LIGHT, lightPackage } from '../emulator/light-app.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { entryOf } from '../journal/entries.ts';
import { evaluateOnce, SERVERS, type GateRun, type Verdict } from './server-task.ts';

const PROJECT = 'project';
const PLAN = 'b1c2d3e4-0000-4000-8000-000000000001';
const MINUTE = 60_000;
const WRITER = '12f1170f-54f2-53f3-20dd-22fc7dff55f9.1.ab12cd34';

let emulator: Emulator;
/** Of runs with a journal, each of its own. */
let builds = 0;

before(async function () {
  this.timeout(60_000);
  const sites = ['payments', 'ill', 'routed', 'busy', 'previewed'].map((name) => ({ name, resourceGroup: 'rg' }));
  emulator = await startEmulator({ ...LIGHT, sites });
  const arm = await armClient(emulator);
  await Promise.all([
    arm.deploy('payments', await lightPackage('2.4.1')),
    arm.deploy('ill', await lightPackage('2.4.1', 'Production')),
    arm.deploy('busy-staging', await lightPackage('1.0.0')),
    arm.deploy('busy', await lightPackage('1.0.0')),
    arm.deploy('previewed-staging', await lightPackage('1.0.0')),
  ]);
  const rule = { name: 'staging', actionHostName: 'routed-staging', reroutePercentage: 0 };
  await arm.site('PATCH', 'routed/config/web', { properties: { experiments: { rampUpRules: [rule] } } });
  emulator.addFault({ effect: { kind: 'swap-never-ends' } });
  assert.equal((await arm.swap('busy')).status, 202);
  emulator.clearFaults();
  const preview = { targetSlot: 'production', preserveVnet: true };
  assert.equal((await arm.site('POST', 'previewed/slots/staging/applySlotConfig', preview)).status, 200);
  const alertOn = (path: string, agoMs: number, more: { readonly resolvedAt?: Date } = {}): void =>
    emulator.addAlert({ targetResource: idOf(path), firedAt: new Date(Date.now() - agoMs), ...more });
  alertOn('ill', 10 * MINUTE, { resolvedAt: new Date() });
  alertOn('routed/slots/staging', 10 * MINUTE);
});
after(() => emulator.close());
afterEach(() => emulator.clearFaults());

function idOf(path: string): string {
  return `/subscriptions/${emulator.subscriptionId}/resourceGroups/rg/providers/Microsoft.Web/sites/${path}`;
}

/** A gate with inputs with which it passes, and how to spoil what it asks. */
interface Gate {
  readonly task: string;
  readonly run: () => GateRun | Promise<GateRun>;
  /** Requests of one evaluation. */
  readonly requests: number;
  readonly match: { readonly path?: string; readonly site?: string };
}

const health = (inputs: Record<string, string> = {}, path = '/health', site = 'payments'): GateRun => ({
  inputs: { healthUrl: `${emulator.siteUrl(site)}${path}`, ...inputs },
});
const routing = (appName: string, slot = 'staging'): GateRun => ({
  inputs: { appName, resourceGroupName: 'rg', slot },
});
const alerts = (path: string, agoMs = 5 * MINUTE, inputs: Record<string, string> = {}): GateRun => ({
  inputs: { resourceGroupName: 'rg', resourceId: idOf(path), ...inputs },
  variables: {
    'System.PipelineStartTime': new Date(Date.now() - agoMs).toISOString().replace('T', ' ').replace(/\..*/, '+00:00'),
  },
});

/** A run whose journal has these entries of services: `payments promote.intent`, in the order in which they are listed. */
async function journal(lines: readonly string[], service = 'payments'): Promise<GateRun> {
  builds += 1;
  const plan = `${PLAN.slice(0, -4)}${String(builds).padStart(4, '0')}`;
  emulator.addBuild(builds, plan);
  for (const [index, line] of lines.entries()) {
    const [of = '', what = ''] = line.split(' ');
    const [action, phase] = what.split('.') as [Entry['action'], Entry['phase']];
    const entry = entryOf({ writer: WRITER, sequence: index + 1, service: of, action, phase });
    const record = `${PROJECT}/_apis/distributedtask/hubs/build/plans/${plan}/timelines/${plan}/records/${plan}`;
    const put = await ask(
      emulator,
      `${emulator.devOpsUrl}${record}/attachments/safe-rollout.journal/${entryName(entry)}`,
      {
        method: 'PUT',
        headers: { authorization: `Bearer ${emulator.devOpsToken}` },
        body: entry,
      },
    );
    assert.equal(put.status, 200, put.text);
  }
  return { inputs: { service }, variables: { 'Build.BuildId': String(builds) } };
}

const DEPLOYED = ['payments promote.intent', 'payments promote.done', 'payments verify.done'];

const GATES: readonly Gate[] = [
  { task: 'SafeRolloutHealthGate', run: () => health(), requests: 1, match: { site: 'payments' } },
  { task: 'SafeRolloutRoutingGate', run: () => routing('payments'), requests: 3, match: { path: '/sites/payments' } },
  { task: 'SafeRolloutStateGate', run: () => journal(DEPLOYED), requests: 1, match: { path: '/_apis/build/builds' } },
  {
    task: 'SafeRolloutAlertGate',
    run: () => alerts('payments'),
    requests: 2,
    match: { path: '/(?:resources|alerts)$' },
  },
];

/** Answers that no gate may take for a good one, whichever of its requests gets it. */
const SPOILED: readonly (readonly [string, () => FaultEffect])[] = [
  [
    '401 with an error in JSON',
    () => ({ kind: 'status', status: 401, body: { error: { code: 'AuthenticationFailed', message: '' } } }),
  ],
  ['401 with an empty list', () => ({ kind: 'status', status: 401, body: { count: 0, value: [] } })],
  ['403', () => ({ kind: 'forbidden' })],
  ['404', () => ({ kind: 'status', status: 404, body: { error: { code: 'ResourceNotFound', message: '' } } })],
  ['429', () => ({ kind: 'throttle', retryAfter: 5 })],
  ['503', () => ({ kind: 'status', status: 503, body: 'The service is unavailable.' })],
  ['an HTML page where JSON is expected', () => ({ kind: 'html', status: 200 })],
  ['half of its JSON', () => ({ kind: 'truncated' })],
  ['no body', () => ({ kind: 'status', status: 200, body: '' })],
  ['an empty object', () => ({ kind: 'status', status: 200, body: {} })],
  ['null', () => ({ kind: 'status', status: 200, body: 'null' })],
  ['a list in place of an object', () => ({ kind: 'status', status: 200, body: '[]' })],
  [
    'a redirect to a page that answers well',
    () => ({ kind: 'status', status: 302, headers: { location: `${emulator.armUrl}/metadata/endpoints` } }),
  ],
  ['a redirect without an address', () => ({ kind: 'status', status: 302 })],
  ['a cut connection', () => ({ kind: 'reset' })],
  ['an answer that does not come in time', () => ({ kind: 'hang' })],
];

/** The verdict on every server that may be there, which must be the same. */
async function verdictOf(task: string, run: GateRun, spoil?: () => void, patienceMs = 2000): Promise<Verdict> {
  const verdicts: Verdict[] = [];
  for (const server of SERVERS) {
    emulator.clearFaults();
    spoil?.();
    verdicts.push(await evaluateOnce(task, run, emulator, { ...server, patienceMs }));
  }
  const [first, ...others] = verdicts;
  for (const other of others) assert.equal(other.passed, first!.passed, JSON.stringify(verdicts));
  return first!;
}

describe('every gate', () => {
  for (const { task, run, requests, match } of GATES)
    describe(task, () => {
      it('passes by its own defaults', async () => {
        const verdict = await verdictOf(task, await run());
        assert.ok(verdict.passed, JSON.stringify(verdict));
      });

      for (const [reason, effect] of SPOILED)
        it(`does not take ${reason} for a pass, at any of its requests`, async () => {
          const given = await run();
          for (let nth = 1; nth <= requests; nth += 1) {
            const spoil = (): void => void emulator.addFault({ match: { ...match, nth }, effect: effect() });
            const verdict = await verdictOf(task, given, spoil, effect().kind === 'hang' ? 100 : 2000);
            assert.ok(!verdict.passed, `request ${nth}`);
          }
        });

      it('changes nothing: it may be asked as often as anybody likes', async () => {
        const before = emulator.requests().length;
        await verdictOf(task, await run());
        const asked = emulator
          .requests()
          .slice(before)
          .filter(({ path }) => !/oauth2|distributedtask/.test(path));
        assert.deepEqual(
          [...new Set(asked.map(({ method }) => method))].filter((one) => one !== 'GET'),
          [],
        );
      });

      it('passes late, times out, and is not taken in by one good answer of a service that flaps', async () => {
        const given = await run();
        const [server] = SERVERS;
        const ends = async (isIll: (evaluation: number) => boolean): Promise<[string, number]> => {
          let evaluation = 0;
          const gate = async () => {
            evaluation += 1;
            emulator.clearFaults();
            if (isIll(evaluation)) emulator.addFault({ match, effect: { kind: 'status', status: 503, body: '' } });
            const verdict = await evaluateOnce(task, given, emulator, server!);
            return verdict.passed
              ? ({ kind: 'passed' } as const)
              : ({ kind: 'failed', reason: verdict.reason } as const);
          };
          const options = { stabilizationTime: 5, samplingInterval: 5, minimumSuccessDuration: 10, timeout: 60 };
          const watch = { clock: new FakeClock(), minuteMs: MINUTE };
          const { outcome, evaluations } = await untilGatesEnd([gate], options, watch);
          return [outcome, evaluations.length];
        };
        assert.deepEqual(await ends(() => false), ['passed', 3]);
        assert.deepEqual(await ends((evaluation) => evaluation <= 2), ['passed', 5]);
        assert.deepEqual(await ends((evaluation) => evaluation === 3), ['passed', 6], 'a break begins the time anew');
        assert.deepEqual(await ends((evaluation) => evaluation % 2 === 0), ['rejected', 13], 'flapping');
        assert.deepEqual(await ends(() => true), ['rejected', 13]);
      });
    });
});

type Row = readonly [reason: string, run: () => GateRun | Promise<GateRun>, passes: boolean];

function table(task: string, rows: readonly Row[]): void {
  describe(task, () => {
    for (const [reason, run, passes] of rows)
      it(`${passes ? 'passes' : 'does not pass'}: ${reason}`, async () => {
        const verdict = await verdictOf(task, await run());
        assert.equal(verdict.passed, passes, JSON.stringify(verdict));
      });
  });
}

/** Answers in the place of one of the requests of a gate that passes: what each part of a condition is there for. */
describe('one answer among good ones', () => {
  const site = (operation: unknown, swap: unknown): object => ({
    properties: { inProgressOperationId: operation, targetSwapSlot: swap },
  });
  const rules = (rampUpRules: unknown): object => ({ properties: { experiments: { rampUpRules } } });
  const atSite: readonly (readonly [string, object, boolean])[] = [
    ['at rest', site(null, null), true],
    ['an operation', site('b1c2', null), false],
    ['a swap with preview', site(null, 'staging'), false],
    ['no word of operations', site(undefined, null), false],
    ['no word of swaps', site(null, undefined), false],
  ];
  const rows: readonly (readonly [task: string, nth: number, reason: string, body: object, passes: boolean])[] = [
    ...[1, 2].flatMap((nth) =>
      atSite.map(([reason, body, passes]) => ['SafeRolloutRoutingGate', nth, reason, body, passes] as const),
    ),
    ['SafeRolloutRoutingGate', 3, 'no rule', rules([]), true],
    ['SafeRolloutRoutingGate', 3, 'a rule', rules([{ name: 'staging' }]), false],
    ['SafeRolloutRoutingGate', 3, 'no word of rules', rules(undefined), false],
    ['SafeRolloutAlertGate', 2, 'no alert', { value: [] }, true],
    ['SafeRolloutAlertGate', 2, 'an alert', { value: [{}] }, false],
    ['SafeRolloutAlertGate', 2, 'no list', { values: [] }, false],
    ['SafeRolloutHealthGate', 1, 'the value', { status: 'healthy' }, true],
    ['SafeRolloutHealthGate', 1, 'true in its place', { status: true }, false],
    ['SafeRolloutHealthGate', 1, 'an object in its place', { status: { healthy: 'healthy' } }, false],
    ['SafeRolloutHealthGate', 1, 'a list in its place', { status: ['healthy'] }, false],
  ];
  for (const [task, nth, reason, body, passes] of rows)
    it(`${passes ? 'lets' : 'does not let'} ${task} pass: ${reason}, of request ${nth}`, async () => {
      const { match, run } = GATES.find((gate) => gate.task === task)!;
      const given = await run();
      const answered = (status: number) => (): void =>
        void emulator.addFault({ match: { ...match, nth }, effect: { kind: 'status', status, body: { ...body } } });
      assert.equal((await verdictOf(task, given, answered(200))).passed, passes);
      assert.ok(!(await verdictOf(task, given, answered(503))).passed, 'a good answer with a bad status');
    });

  it('is no pass with a bad status where it names the resource', async () => {
    const body = { value: [{ id: idOf('payments') }] };
    const spoil = (status: number) => (): void =>
      void emulator.addFault({ match: { path: '/resources$' }, effect: { kind: 'status', status, body } });
    assert.ok((await verdictOf('SafeRolloutAlertGate', alerts('payments'), spoil(200))).passed);
    assert.ok(!(await verdictOf('SafeRolloutAlertGate', alerts('payments'), spoil(503))).passed);
  });
});

table('SafeRolloutHealthGate', [
  ['the page says so', () => health(), true],
  ['in another letter case', () => health({ expectedValue: 'Healthy' }), true],
  ['the version is the one', () => health({ jsonPath: '$.version', expectedValue: '2.4.1' }), true],
  ['the version is another', () => health({ jsonPath: '$.version', expectedValue: '2.4' }), false],
  ['there is no such value', () => health({ jsonPath: '$.state' }), false],
  ['the value is inside of what is no object', () => health({ jsonPath: '$.status.code' }), false],
  ['the value is the whole answer', () => health({ jsonPath: '$' }), false],
  ['nothing is expected, and nothing is there', () => health({ jsonPath: '$.state', expectedValue: '' }), false],
  ['the path is none', () => health({ jsonPath: '$[' }), false],
  [
    'a quote in the path is no way out of it',
    () => health({ jsonPath: `$.x')[0]), true), eq('1', jsonpath('$.x` }),
    false,
  ],
  ['a quote in the value is part of it', () => health({ expectedValue: `healthy'` }), false],
  ['the status is another', () => health({ expectedStatus: 'Accepted' }), false],
  ['the page says that it is ill', () => health({}, '/health', 'ill'), false],
  ['its host is not there', () => health({ healthUrl: 'https://127.0.0.1:1/health' }), false],
  ['headers are no JSON', () => health({ headers: 'Accept: x' }), false],
]);

table('SafeRolloutRoutingGate', [
  ['everything is at rest', () => routing('payments'), true],
  ['only the site is asked', () => routing('payments', ''), true],
  ['a rule is left, even one of 0 %', () => routing('routed'), false],
  ['a swap is under way', () => routing('busy'), false],
  ['a swap with preview is pending', () => routing('previewed'), false],
  ['there is no such slot', () => routing('payments', 'blue'), false],
  ['there is no such site', () => routing('payment'), false],
]);

table('SafeRolloutAlertGate', [
  ['nothing has fired', () => alerts('payments'), true],
  ['an alert fired before the run began', () => alerts('ill', 5 * MINUTE), true],
  ['an alert fired since, and is resolved', () => alerts('ill', 15 * MINUTE), false],
  ['an alert fired on the slot, and the site is asked', () => alerts('routed', 15 * MINUTE), true],
  ['an alert fired on the slot', () => alerts('routed/slots/staging', 15 * MINUTE), false],
  ['there is no such resource', () => alerts('payment'), false],
  ['the resource is of another group', () => alerts('payments', MINUTE, { resourceGroupName: 'other' }), false],
  ['the time is none', () => alerts('payments', MINUTE, { since: 'yesterday' }), false],
  ['the time is not filled in', () => alerts('payments', MINUTE, { since: '$(Release.Deployment.StartTime)' }), false],
  ['the time is more than 30 days ago', () => alerts('payments', 31 * 24 * 60 * MINUTE), false],
  ['the time is still to come', () => alerts('payments', -5 * MINUTE), false],
]);

table('SafeRolloutStateGate', [
  ['promoted and verified', () => journal(DEPLOYED), true],
  [
    'another service stands beside it',
    () =>
      journal([...DEPLOYED, 'store promote.intent', 'store promote.done', 'store verify.failed', 'store undo.intent']),
    true,
  ],
  [
    'a second attempt, after the first had done nothing',
    () => journal(['payments promote.intent', 'payments promote.failed', ...DEPLOYED]),
    true,
  ],
  ['verified in two environments', () => journal([...DEPLOYED, ...DEPLOYED]), true],
  [
    'its name has a point, written _',
    () =>
      journal(
        DEPLOYED.map((line) => line.replace('payments', 'pay.ments')),
        'pay_ments',
      ),
    true,
  ],
  ['nothing was done', () => journal([]), false],
  ['of another service', () => journal(DEPLOYED, 'store'), false],
  ['the name is the end of another', () => journal(DEPLOYED, 'ments'), false],
  ['the name is in another letter case', () => journal(DEPLOYED, 'Payments'), false],
  ['the request is under way', () => journal(['payments promote.intent']), false],
  ['promoted, not verified', () => journal(DEPLOYED.slice(0, 2)), false],
  ['found ill', () => journal([...DEPLOYED.slice(0, 2), 'payments verify.failed']), false],
  ['found ill at the end', () => journal([...DEPLOYED, 'payments verify.failed']), false],
  ['superseded', () => journal([...DEPLOYED.slice(0, 2), 'payments verify.unknown']), false],
  ['verified, and not to be judged at the end', () => journal([...DEPLOYED, 'payments verify.unknown']), false],
  ['somebody else has taken it back', () => journal([...DEPLOYED, 'payments undo.done']), false],
  ['a way back has begun', () => journal([...DEPLOYED, 'payments undo.intent']), false],
  ['taken back', () => journal([...DEPLOYED, 'payments undo.intent', 'payments undo.done']), false],
  ['a next promotion is under way', () => journal([...DEPLOYED, 'payments promote.intent']), false],
  ['a next promotion is not verified', () => journal([...DEPLOYED, ...DEPLOYED.slice(0, 2)]), false],
  [
    'taken back, and deployed again: not to be told from the names',
    () => journal([...DEPLOYED, 'payments undo.intent', 'payments undo.done', ...DEPLOYED]),
    false,
  ],
  [
    'there is no such run',
    async () => ({ ...(await journal(DEPLOYED)), variables: { 'Build.BuildId': '999999' } }),
    false,
  ],
  ['a quote in the name is no way out of it', () => journal(DEPLOYED, `x', 'y'), '|'`), false],
]);
