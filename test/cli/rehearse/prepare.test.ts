import assert from 'node:assert/strict';
import { join } from 'node:path';
import { prepareRehearsal } from '../../../src/cli/rehearse/prepare.ts';
import { deploySettings } from '../../../src/rollout/deploy/deploy.settings.ts';
import { readSettings } from '../../../src/settings/read.ts';

const GRAPH = join(import.meta.dirname, '../../../examples/fabrikam/service-graph.yml');

describe('preparing a rehearsal', () => {
  it('refuses container apps by name, and says how to leave them out', async () => {
    const given: Record<string, string> = {
      azureSubscription: 'none',
      graphFile: GRAPH,
      release: 'orders=1.4.0,shipping=1.3.0,store=1.3.0',
    };
    const reading = readSettings(deploySettings, (name) => given[name]);
    assert.ok(reading.ok);
    await assert.rejects(
      prepareRehearsal(reading.settings, 'nowhere', {}),
      /plays web apps and function apps, and no 'orders', 'shipping': leave them out \(--services store\)/,
    );
  });
});
