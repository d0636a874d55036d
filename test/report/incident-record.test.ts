import assert from 'node:assert/strict';
import { printIncident, recordIncident, type IncidentRecord } from '../../src/report/incident-record.ts';
import { concludeRollBack } from '../../src/report/roll-back-conclusion.ts';
import { release, system } from '../rollout/system.ts';

describe('the record of a rollback', () => {
  async function rolledBack(): Promise<{ record: IncidentRecord; files: Map<string, string> }> {
    const s = system(['payments', 'store']);
    // The agent dies after both are verified, and payments is bad from then on.
    await s.deploy();
    release(s.apps.payments, '2.0.0');
    s.apps.payments.slots['production']!.content.status = () => 503;
    const result = await s.rollBack({ services: ['payments'], reason: 'INC-4521 | payments are dropped' });
    const files = new Map<string, string>();
    const write = (file: string, text: string): Promise<void> => {
      files.set(file, text);
      return Promise.resolve();
    };
    const about = { result, reason: 'INC-4521 | payments are dropped', by: 'Ann' };
    return { record: await recordIncident(about, 'incident.json', s.ports(), write), files };
  }

  it('says what, when, who and why, with the releases that users had', async () => {
    const { record } = await rolledBack();
    assert.equal(record.by, 'Ann');
    assert.equal(record.outcome, 'rolled-back');
    assert.deepEqual(
      record.services.map(({ service, outcome, releaseBefore, releaseDeployed, releaseNow }) => [
        service,
        outcome,
        releaseBefore,
        releaseDeployed,
        releaseNow,
      ]),
      [
        ['payments', 'undone', '1.0.0', '2.0.0', '1.0.0'],
        ['store', 'undone', '1.0.0', '2.0.0', '1.0.0'],
      ],
    );
    const what = record.timeline.map((one) => `${one.service ?? 'run'} ${one.what}`);
    assert.ok(what.indexOf('store undo done') < what.indexOf('payments undo intent'), 'dependents first');
    assert.ok(!what.some((one) => one.includes('claim')));
  });

  it('says of what was not undone what was found in place, and not what the journal would have there', async () => {
    const s = system(['payments']);
    await s.deploy();
    // Somebody puts a hotfix straight into production.
    Object.assign(s.apps.payments.production, { version: '2.0.1', activeDeployment: 'hotfix' });
    const result = await s.rollBack({ services: ['payments'] });
    assert.equal(result.outcome, 'person', JSON.stringify(result));
    const about = { result, reason: 'INC-1', by: undefined };
    const record = await recordIncident(about, undefined, s.ports(), () => Promise.resolve());
    assert.deepEqual(
      record.services.map(({ outcome, releaseNow }) => [outcome, releaseNow]),
      [['refused', '2.0.1']],
    );
    assert.match(printIncident(record), /## What is in place\n\n- payments: 'production' holds 2\.0\.1 /);
    const { text, sentence } = concludeRollBack(result, record, [], 'AGAIN');
    assert.match(text, /^payments {2}refused {2}the target does not hold any more/);
    // To repeat what was refused is of no use; to swap by hand is.
    assert.match(sentence, /^A person is needed: payments refused: .* safe-rollout swap --app-name \S+ --res/);
    assert.ok(!sentence.includes('AGAIN'));
  });

  it('is written as JSON, and beside it as a page whose table no text can break', async () => {
    const { record, files } = await rolledBack();
    assert.deepEqual([...files.keys()], ['incident.json', 'incident.md']);
    assert.deepEqual(JSON.parse(files.get('incident.json')!), JSON.parse(JSON.stringify(record)));
    const page = printIncident(record);
    assert.equal(files.get('incident.md'), page);
    assert.match(page, /- Why: INC-4521 \\\| payments are dropped/);
    assert.match(page, /\| payments \| undone \| 1\.0\.0 \| 2\.0\.0 \| 1\.0\.0 \|/);
  });
});
