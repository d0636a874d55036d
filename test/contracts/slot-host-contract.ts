import type { AppHost } from '../../src/rollout/kinds/app-service/ports.ts';
import assert from 'node:assert/strict';
import { movement, swappedSince } from '../../src/rollout/kinds/app-service/content-print.ts';
import type { RolloutError } from '../../src/rollout/errors.ts';
import type { OperationReading } from '../../src/rollout/ports.ts';
import { pairOf, type Observed } from '../../src/rollout/kinds/app-service/preflight.ts';
import type { Clock } from '../../src/time/clock.ts';

/** One app with an empty production and an empty staging, somewhere. */
export interface Subject {
  readonly host: AppHost;
  readonly clock: Clock;
  /** A package that can be uploaded. */
  packageFile(version: string): Promise<string>;
  /** A file that is none. */
  brokenFile(): Promise<string>;
}

/** What the state machines rely on, whatever they talk to: a fake that answers otherwise would prove nothing. */
export function slotHostContract(fresh: () => Promise<Subject>): void {
  const look = async ({ host }: Subject): Promise<Observed> => ({
    source: await host.observe('staging'),
    target: await host.observe('production'),
  });
  const swap = async (subject: Subject, source = 'staging', target = 'production'): Promise<OperationReading> => {
    const reply = await subject.host.requestSwap(source, target);
    assert.ok(reply.kind === 'accepted' && reply.operation !== undefined, JSON.stringify(reply));
    return await settled(subject, reply.operation);
  };

  it('shows two running slots that can be told apart, and nothing under way', async () => {
    const observed = await look(await fresh());
    assert.equal(movement(pairOf(observed), pairOf(observed)), 'unmoved');
    for (const slot of [observed.source, observed.target]) {
      assert.match(slot.url, /^https:\/\/[^/]+$/);
      const { state, swapStamp, previewWith, operation, slotless, unread } = slot;
      assert.deepEqual(
        [state, swapStamp, previewWith, operation, slotless, unread],
        ['running', null, null, null, false, []],
      );
    }
    assert.notEqual(observed.source.url, observed.target.url);
  });

  it('says which slot is missing', async () => {
    const { host } = await fresh();
    await assert.rejects(host.observe('nowhere'), ({ facts }: RolloutError) => {
      assert.equal(facts.code === 'app-not-found' && facts.slot, 'nowhere');
      return true;
    });
  });

  it('shows an upload as another deployment in the same place', async () => {
    const subject = await fresh();
    const before = await subject.host.observe('staging');
    const uploaded = await subject.host.upload('staging', await subject.packageFile('1.0.0'));
    const after = await subject.host.observe('staging');
    assert.deepEqual(uploaded, { kind: 'uploaded', deployment: after.print.activeDeployment });
    assert.notEqual(after.print.activeDeployment, before.print.activeDeployment);
    assert.equal(after.print.deploymentId, before.print.deploymentId);
  });

  it('says that a broken package was not deployed, and keeps what was there', async () => {
    const subject = await fresh();
    const before = await subject.host.observe('staging');
    const result = await subject.host.upload('staging', await subject.brokenFile());
    assert.equal(result.kind, 'failed');
    assert.deepEqual((await subject.host.observe('staging')).print, before.print);
  });

  it('moves contents with their deployments, records it on both ends, and back again', async () => {
    const subject = await fresh();
    await subject.host.upload('staging', await subject.packageFile('2.0.0'));
    const before = await look(subject);
    assert.deepEqual(await swap(subject), { kind: 'succeeded' });
    const after = await look(subject);
    assert.equal(movement(pairOf(before), pairOf(after)), 'moved');
    assert.equal(after.target.print.activeDeployment, before.source.print.activeDeployment);
    assert.equal(after.source.swapStamp, after.target.swapStamp);
    assert.ok(swappedSince(before.target.swapStamp, after.target.swapStamp));
    assert.deepEqual([after.source.operation, after.target.operation], [null, null]);

    await subject.clock.sleep(5);
    await swap(subject);
    const back = await look(subject);
    assert.equal(movement(pairOf(before), pairOf(back)), 'unmoved');
    assert.ok(swappedSince(after.target.swapStamp, back.target.swapStamp), 'there and back must show');
  });

  it('shows the operation on both ends while it runs, and turns a second request away', async () => {
    const subject = await fresh();
    const first = await subject.host.requestSwap('staging', 'production');
    assert.ok(first.kind === 'accepted' && first.operation !== undefined);
    const { source, target } = await look(subject);
    assert.ok(source.operation !== null && target.operation !== null);
    const second = await subject.host.requestSwap('staging', 'production');
    assert.equal(second.kind, 'ambiguous');
    assert.match(second.kind === 'ambiguous' ? second.message : '', /409.*another operation is in progress/);
    assert.equal((await subject.host.readOperation(first.operation)).kind, 'running');
    assert.deepEqual(await settled(subject, first.operation), { kind: 'succeeded' });
    assert.equal((await look(subject)).target.operation, null);
  });

  it('refuses for good what can never be: the same slot, a slot that is not there', async () => {
    const { host } = await fresh();
    for (const target of ['staging', 'nowhere']) {
      const reply = await host.requestSwap('staging', target);
      assert.equal(reply.kind, 'refused', JSON.stringify(reply));
    }
  });

  it('keeps routing rules on production, as they were written', async () => {
    const { host } = await fresh();
    assert.deepEqual(await host.readConfig('production'), { autoSwapSlot: null, routing: [] });
    const rules = [{ name: 'staging', host: 'app-staging.test', percent: 12.5 }];
    assert.equal((await host.change({ kind: 'routing', rules })).kind, 'accepted');
    const read = (await host.readConfig('production')).routing.map(({ name, host: to, percent }) => ({
      name,
      host: to,
      percent,
    }));
    assert.deepEqual(read, rules);
    assert.deepEqual((await host.readConfig('staging')).routing, []);
    await host.change({ kind: 'routing', rules: [] });
    assert.deepEqual((await host.readConfig('production')).routing, []);
  });

  it('takes prepared settings back, also where there are none', async () => {
    const { host } = await fresh();
    assert.equal((await host.change({ kind: 'reset-slot-config', slot: 'staging' })).kind, 'accepted');
  });

  it('does nothing after a signal, and says so by its reason', async () => {
    const subject = await fresh();
    const stop = AbortSignal.abort(new Error('stop'));
    const { host } = subject;
    const file = await subject.packageFile('1.0.0');
    const rules = [{ name: 'x', host: 'x', percent: 1 }];
    await assert.rejects(host.observe('staging', stop), /^Error: stop$/);
    await assert.rejects(host.readConfig('production', stop), /^Error: stop$/);
    await assert.rejects(host.requestSwap('staging', 'production', stop), /^Error: stop$/);
    await assert.rejects(host.change({ kind: 'routing', rules }, stop), /^Error: stop$/);
    await assert.rejects(host.upload('staging', file, stop), /^Error: stop$/);
    const { source } = await look(subject);
    assert.deepEqual([source.operation, (await subject.host.readConfig('production')).routing], [null, []]);
  });
}

async function settled({ host, clock }: Subject, first: string): Promise<OperationReading> {
  let operation = first;
  for (let polls = 0; polls < 400; polls += 1) {
    const reading = await host.readOperation(operation);
    if (reading.kind !== 'running') return reading;
    operation = reading.operation;
    await clock.sleep(20);
  }
  throw new Error('the swap has not ended');
}
