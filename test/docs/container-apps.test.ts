import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCatalogue } from '../../src/catalogue/read-catalogue.ts';
import { OWN_KEYS } from '../../src/catalogue/read-kinds.ts';
import * as cures from '../../src/rollout/kinds/container-app/cures.ts';

const PAGE = readFileSync('docs/container-apps.md', 'utf8');

describe('docs/container-apps.md', () => {
  it('shows a graph file that reads', () => {
    const examples = [...PAGE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
    assert.equal(examples.length, 1);
    assert.deepEqual(readCatalogue(examples[0]!, 'service-graph.yml').findings, []);
  });

  it('tells every key of the kind', () => {
    for (const key of OWN_KEYS.containerApp) assert.match(PAGE, new RegExp(`^\\| \`${key}\` +\\|`, 'm'), key);
  });

  it('shows commands as we print them', () => {
    const app = { app: 'APP', resourceGroup: 'GROUP' };
    const printed = [
      cures.setMultiple(app),
      cures.enableIngress(app),
      cures.setTraffic(app, new Map([['REVISION', 100]])),
      cures.deactivate(app, 'REVISION'),
    ];
    const shown = [...PAGE.matchAll(/`(az containerapp .*? --name .*?)`/g)].map(([, command = '']) => command);
    assert.deepEqual(shown.toSorted(), printed.toSorted());
  });

  it('links only to what is there', () => {
    const targets = [...PAGE.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target = '']) => target);
    assert.deepEqual(
      targets.filter((target) => !existsSync(join('docs', target))),
      [],
    );
  });
});
