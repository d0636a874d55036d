import assert from 'node:assert/strict';
import type { TrafficShare } from '../../src/journal/traffic.ts';
import type { RolloutError } from '../../src/rollout/errors.ts';
import type {
  AppChange,
  AppObservation,
  ContainerHost,
  RevisionObservation,
} from '../../src/rollout/kinds/container-app/ports.ts';
import { weightsOf } from '../../src/rollout/kinds/container-app/weights.ts';
import type { OperationReading } from '../../src/rollout/ports.ts';
import type { Clock } from '../../src/time/clock.ts';

/** One app `orders` in multiple mode with one revision `orders--v1` of `image`, which has all traffic as the latest. */
export interface Subject {
  readonly host: ContainerHost;
  readonly clock: Clock;
  readonly image: string;
  /** Another image that can be pulled. */
  readonly other: string;
  /** The next change is made, and its answer is lost. */
  loseReply(): void;
  /** The next change is refused as if another one were under way. */
  conflict(): void;
  /** Another app, which is not there. */
  readonly missing: ContainerHost;
}

const [V1, V2] = ['orders--v1', 'orders--v2'];

/** What the state machines rely on, whatever they talk to: a fake that answers otherwise would prove nothing. */
export function containerHostContract(fresh: () => Promise<Subject>): void {
  const share = (revision: string | null, weight: number, label: string | null = null): TrafficShare => ({
    revision,
    weight,
    label,
  });
  const toV1 = [share(V1, 100)];
  const creation = (
    { observed, image }: { readonly observed: AppObservation; readonly image: string },
    traffic: readonly TrafficShare[] = toV1,
    revisionSuffix = 'v2',
  ): AppChange => {
    const [container] = observed.template['containers'] as Record<string, unknown>[];
    return {
      kind: 'revision',
      template: { ...observed.template, containers: [{ ...container, image }], revisionSuffix },
      traffic,
    };
  };
  const held = ({ revisions }: AppObservation): [string, number][] =>
    revisions.map(({ name, weight }) => [name, weight]);
  /** Makes a change and waits for its end. */
  const make = async (subject: Subject, change: AppChange): Promise<OperationReading> => {
    const reply = await subject.host.change(change);
    assert.ok(reply.kind === 'accepted' && reply.operation !== undefined, JSON.stringify(reply));
    return await ended(subject, reply.operation);
  };
  const makeV2 = async (subject: Subject, traffic = toV1): Promise<OperationReading> =>
    await make(subject, creation({ observed: await subject.host.observe(), image: subject.other }, traffic));

  it('shows an app whose only revision is the latest and has all of the traffic', async () => {
    const { host, image } = await fresh();
    const app = await host.observe();
    assert.match(app.url ?? '', /^https:\/\/[^/]+$/);
    const { mode, running, operation, traffic, latestRevision, latestReadyRevision } = app;
    assert.deepEqual([mode, running, operation], ['Multiple', 'Running', null]);
    assert.deepEqual(traffic, [share(null, 100)]);
    assert.deepEqual([latestRevision, latestReadyRevision], [V1, V1]);
    assert.equal(app.revisions.length, 1);
    const { created, url, images, ...rest } = app.revisions[0]!;
    assert.deepEqual(rest, {
      name: V1,
      active: true,
      weight: 100,
      health: 'Healthy',
      provisioning: 'Provisioned',
      running: 'Running',
      problem: null,
    });
    assert.ok(Number.isFinite(Date.parse(created ?? '')), String(created));
    assert.match(url ?? '', /^https:\/\/[^/]+$/);
    assert.notEqual(url, app.url, 'a revision answers at a host of its own');
    assert.deepEqual(Object.values(images), [image]);
    const [container] = app.template['containers'] as { image: string }[];
    assert.equal(container?.image, image);
  });

  it('says that an app is missing, and does nothing to it', async () => {
    const { missing } = await fresh();
    await assert.rejects(missing.observe(), ({ facts }: RolloutError) => facts.code === 'app-not-found');
    const reply = await missing.change({ kind: 'traffic', traffic: toV1 });
    assert.equal(reply.kind === 'refused' && reply.status, 404);
  });

  it('takes names and labels in the traffic, and shows them as they were written', async () => {
    const subject = await fresh();
    const traffic = [share(V1, 100, 'stable')];
    assert.deepEqual(await make(subject, { kind: 'traffic', traffic }), { kind: 'succeeded' });
    const app = await subject.host.observe();
    assert.deepEqual([app.traffic, held(app)], [traffic, [[V1, 100]]]);
  });

  it('makes a new revision at weight 0 where the traffic has names, the newest at the end', async () => {
    const subject = await fresh();
    const [before] = (await subject.host.observe()).revisions;
    assert.deepEqual(await makeV2(subject), { kind: 'succeeded' });
    const app = await subject.host.observe();
    assert.deepEqual(held(app), [
      [V1, 100],
      [V2, 0],
    ]);
    assert.deepEqual(app.traffic, toV1);
    assert.deepEqual([app.latestRevision, app.latestReadyRevision], [V2, V2]);
    const made = app.revisions[1]!;
    assert.deepEqual(stateOf(made), [true, 'Healthy', 'Provisioned', 'Running', null]);
    assert.deepEqual(Object.values(made.images), [subject.other]);
    assert.equal(app.revisions[0]!.created, before!.created, 'a revision is created once');
  });

  it('gives a new revision the weight of a row for the latest at once, and leaves the row symbolic', async () => {
    const subject = await fresh();
    assert.deepEqual(await makeV2(subject, [share(null, 100)]), { kind: 'succeeded' });
    const app = await subject.host.observe();
    assert.deepEqual(app.traffic, [share(null, 100)]);
    assert.deepEqual(held(app), [
      [V1, 0],
      [V2, 100],
    ]);
  });

  it('moves the traffic as a whole, there and back, and the same once more changes nothing', async () => {
    const subject = await fresh();
    await makeV2(subject);
    const read = async () => {
      const app = await subject.host.observe();
      return [Object.fromEntries(weightsOf(app.traffic)), held(app), app.operation];
    };
    const moved = [
      { [V2]: 100 },
      [
        [V1, 0],
        [V2, 100],
      ],
      null,
    ];
    for (let times = 0; times < 2; times += 1) {
      await make(subject, { kind: 'traffic', traffic: [share(V2, 100)] });
      assert.deepEqual(await read(), moved);
    }
    await make(subject, { kind: 'traffic', traffic: [share(V1, 70), share(V2, 30)] });
    assert.deepEqual(await read(), [
      { [V1]: 70, [V2]: 30 },
      [
        [V1, 70],
        [V2, 30],
      ],
      null,
    ]);
  });

  it('shows the operation while it runs, and turns another change away as one that passes', async () => {
    const subject = await fresh();
    await makeV2(subject);
    const { host } = subject;
    const first = await host.change({ kind: 'traffic', traffic: [share(V2, 100)] });
    assert.ok(first.kind === 'accepted' && first.operation !== undefined);
    const app = await host.observe();
    assert.ok(app.operation !== null);
    assert.deepEqual(held(app)[0], [V1, 100], 'the weights hold until the operation has come to them');
    assert.equal((await host.readOperation(first.operation)).kind, 'running');
    const second = await host.change({ kind: 'traffic', traffic: toV1 });
    assert.ok(second.kind === 'refused', JSON.stringify(second));
    assert.deepEqual([second.status, second.passing], [409, true]);
    assert.deepEqual(await ended(subject, first.operation), { kind: 'succeeded' });
    const after = await host.observe();
    assert.deepEqual([after.operation, after.traffic], [null, [share(V2, 100)]]);
  });

  it('does nothing where it answers that another change is under way', async () => {
    const subject = await fresh();
    subject.conflict();
    const reply = await subject.host.change({ kind: 'traffic', traffic: toV1 });
    assert.deepEqual([reply.kind, reply.kind === 'refused' && reply.passing], ['refused', true]);
    await subject.clock.sleep(1000);
    assert.deepEqual((await subject.host.observe()).traffic, [share(null, 100)]);
  });

  it('calls a lost answer ambiguous, and shows what was done all the same', async () => {
    const subject = await fresh();
    subject.loseReply();
    const reply = await subject.host.change({ kind: 'traffic', traffic: toV1 });
    assert.equal(reply.kind, 'ambiguous', JSON.stringify(reply));
    await idle(subject);
    assert.deepEqual((await subject.host.observe()).traffic, toV1);
  });

  it('shows a revision whose image cannot be pulled as failed, active and without users, and its operation as failed', async () => {
    const subject = await fresh();
    const observed = await subject.host.observe();
    const end = await make(subject, creation({ observed, image: 'nowhere:1' }));
    assert.equal(end.kind, 'failed', JSON.stringify(end));
    const app = await subject.host.observe();
    assert.deepEqual(held(app), [
      [V1, 100],
      [V2, 0],
    ]);
    assert.deepEqual([app.latestRevision, app.latestReadyRevision, app.operation], [V2, V1, null]);
    const { problem, ...failed } = app.revisions[1]!;
    assert.deepEqual(stateOf({ ...failed, problem: null }), [true, 'Unhealthy', 'Failed', 'Failed', null]);
    assert.match(problem ?? '', /Failed/);
  });

  it('makes nothing of a suffix that is there with the same template, and refuses it with another', async () => {
    const subject = await fresh();
    await makeV2(subject);
    const observed = await subject.host.observe();
    assert.deepEqual(await make(subject, creation({ observed, image: subject.other })), { kind: 'succeeded' });
    assert.equal((await subject.host.observe()).revisions.length, 2);
    const reply = await subject.host.change(creation({ observed, image: subject.image }));
    assert.equal(reply.kind === 'refused' && reply.passing !== true, true, JSON.stringify(reply));
    assert.equal((await subject.host.observe()).revisions.length, 2);
  });

  it('refuses traffic that is not whole, or names a revision that is not there', async () => {
    const { host } = await fresh();
    for (const traffic of [[share(V1, 90)], [share('orders--v9', 100)]]) {
      const reply = await host.change({ kind: 'traffic', traffic });
      assert.equal(reply.kind === 'refused' && reply.status, 400, JSON.stringify(reply));
    }
    const app = await host.observe();
    assert.deepEqual([app.traffic, app.operation], [[share(null, 100)], null]);
  });

  it('deactivates and activates a revision, answers at once, and shows it a while later', async () => {
    const subject = await fresh();
    const { host, clock } = subject;
    await makeV2(subject);
    const read = async (): Promise<RevisionObservation> => (await host.observe()).revisions[1]!;
    for (const kind of ['deactivate', 'activate'] as const) {
      const wanted = kind === 'activate';
      const reply = await host.change({ kind, revision: V2 });
      assert.equal(reply.kind === 'accepted' && reply.operation === undefined, true, JSON.stringify(reply));
      assert.equal((await read()).active, !wanted, 'as recorded: the list read right after shows nothing of it');
      for (let looks = 0; looks < 400 && stateOf(await read())[3] !== (wanted ? 'Running' : 'Stopped'); looks += 1)
        await clock.sleep(20);
      const { active, running, weight } = await read();
      assert.deepEqual([active, running, weight], [wanted, wanted ? 'Running' : 'Stopped', 0]);
    }
    const reply = await host.change({ kind: 'activate', revision: 'orders--v9' });
    assert.equal(reply.kind === 'refused' && reply.status, 404, JSON.stringify(reply));
  });

  it('does nothing after a signal, and says so by its reason', async () => {
    const { host } = await fresh();
    const stop = AbortSignal.abort(new Error('stop'));
    await assert.rejects(host.observe(stop), /^Error: stop$/);
    await assert.rejects(host.change({ kind: 'traffic', traffic: toV1 }, stop), /^Error: stop$/);
    await assert.rejects(host.readOperation('https://127.0.0.1/operation', stop), /^Error: stop$/);
    const app = await host.observe();
    assert.deepEqual([app.traffic, app.operation], [[share(null, 100)], null]);
  });
}

function stateOf({ active, health, provisioning, running, problem }: RevisionObservation) {
  return [active, health, provisioning, running, problem];
}

async function ended({ host, clock }: Subject, first: string): Promise<OperationReading> {
  let operation = first;
  for (let polls = 0; polls < 1000; polls += 1) {
    const reading = await host.readOperation(operation);
    if (reading.kind !== 'running') return reading;
    operation = reading.operation;
    await clock.sleep(20);
  }
  throw new Error('the operation has not ended');
}

async function idle({ host, clock }: Subject): Promise<void> {
  for (let looks = 0; looks < 1000 && (await host.observe()).operation !== null; looks += 1) await clock.sleep(20);
}
