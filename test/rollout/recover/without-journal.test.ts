import type { PlannedApp } from '../../../src/rollout/kinds/app-service/app-service.ts';
import assert from 'node:assert/strict';

import { DEFAULT_SWAP_POLICY } from '../../../src/rollout/way/policy.ts';
import { restoreWithoutJournal } from '../../../src/rollout/recover/without-journal.ts';
import { system } from '../system.ts';

/** 2.0.0 is in production and 1.0.0 in staging, and nobody kept a journal. */
function stranded() {
  const s = system(['payments']);
  s.apps.payments.deploy('production', '2.0.0');
  s.apps.payments.deploy('staging', '1.0.0');
  const app = s.plan().services.find((one): one is PlannedApp => one.kind === 'appService');
  const restore = (version?: string) =>
    restoreWithoutJournal([{ app: app!, restore: version }], DEFAULT_SWAP_POLICY, 'INC-1', s.ports());
  return { ...s, restore };
}

describe('a rollback without a journal', () => {
  it('looks, explains and changes nothing', async () => {
    const s = stranded();
    const result = await s.restore();
    assert.equal(result.outcome, 'nothing');
    assert.match(
      result.reason,
      /'production' holds 2\.0\.0 \(healthy\), 'staging' holds 1\.0\.0 \(healthy\), never swapped/,
    );
    assert.match(result.reason, /force: payments=VERSION/);
    assert.deepEqual(s.apps.payments.swapRequests, []);
  });

  it('restores the release that a person names, when the slot reports it', async () => {
    const s = stranded();
    const result = await s.restore('1.0.0');
    assert.equal(result.outcome, 'rolled-back', result.reason);
    assert.equal(s.versions(), '1.0.0');
    assert.equal(s.apps.payments.swapRequests.length, 1);
  });

  it('restores nothing else than what was named', async () => {
    const s = stranded();
    const result = await s.restore('1.4.0');
    assert.equal(result.outcome, 'person');
    assert.match(result.reason, /reports version 1\.0\.0, expected 1\.4\.0/);
    assert.deepEqual(s.apps.payments.swapRequests, []);
  });
});
