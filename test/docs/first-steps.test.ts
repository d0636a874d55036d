import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import rollback from '../../src/cli/rollback.command.ts';
import { requireGatesOptions } from '../../src/emulator/release/gates.ts';
import { checkOrder } from '../../src/order/check-order.ts';

const PAGES = ['yaml-pipeline', 'classic-release', 'release-gate'].map((name) => `docs/${name}.md`);
const read = (file: string): string => readFileSync(file, 'utf8');

interface TaskJson {
  readonly friendlyName: string;
  readonly inputs: readonly { readonly label: string; readonly required?: boolean; readonly defaultValue?: string }[];
}
const TASKS = readdirSync('tasks').map(
  (name) => JSON.parse(read(join('tasks', name, `${name}V1/task.json`))) as TaskJson,
);

/** Heading as GitHub makes an anchor of it. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(' ', '-');

describe('the pages for first steps', () => {
  for (const page of PAGES)
    it(`${page} links only to pages and headings that are there`, () => {
      const links = [...read(page).matchAll(/\]\(([^)#]*)(?:#([^)]+))?\)/g)];
      assert.ok(links.length >= 3);
      for (const [whole, target = '', at] of links) {
        if (target.startsWith('https:')) continue;
        const file = target === '' ? page : join('docs', target);
        assert.ok(existsSync(file), whole);
        if (at === undefined) continue;
        const anchors = [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchor(heading));
        assert.ok(anchors.includes(at), `${whole}: ${anchors.join(' ')}`);
      }
    });

  it('name tasks, and the fields of each, as the editor shows them', () => {
    let named = 0;
    for (const page of PAGES)
      for (const [, friendly = ''] of read(page).matchAll(/(?:`|\| )(Safe Rollout: [a-z ]+?)(?:`| +\|)/g)) {
        named += 1;
        assert.ok(TASKS.some(({ friendlyName }) => friendlyName === friendly), `${page}: ${friendly}`); // prettier-ignore
      }
    assert.ok(named >= 6);
    const labels = (friendly: string): string[] =>
      TASKS.find(({ friendlyName }) => friendlyName === friendly)!.inputs.map(({ label }) => label);
    const rows = [...read('docs/classic-release.md').matchAll(/^ *\| ([\w: ]*?) +\| ([\w ]+?) +\| .*\|$/gm)].slice(1);
    assert.equal(rows.length, 3);
    let task = '';
    for (const [, name = '', label = ''] of rows) {
      task = name.trim() === '' ? task : name;
      assert.ok(labels(task).includes(label), `${task}: ${label}`);
    }
    for (const label of ['Health URL', 'JSON path', 'Expected value']) {
      assert.match(read('docs/release-gate.md'), new RegExp(`^\\| ${label} +\\|`, 'm'));
      assert.ok(labels('Safe Rollout: health gate').includes(label), label);
    }
  });

  it('need no other field than those that they fill in', () => {
    const filled: Record<string, readonly string[]> = {
      'Safe Rollout: deploy in order': ['Azure subscription'],
      'Safe Rollout: roll back': ['Azure subscription'],
      'Safe Rollout: health gate': ['Health URL'],
      'Safe Rollout: routing gate': ['Azure subscription', 'App Service name', 'Resource group'],
    };
    for (const [friendly, labels] of Object.entries(filled)) {
      const { inputs } = TASKS.find(({ friendlyName }) => friendlyName === friendly)!;
      const asked = inputs.filter((one) => one.required && one.defaultValue === undefined).map(({ label }) => label);
      assert.deepEqual(asked, labels, friendly);
    }
  });

  it('show a pipeline that keeps the order of the graph beside it', () => {
    const blocks = [...read('docs/yaml-pipeline.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
    const [graphText = '', pipelineText = ''] = blocks;
    assert.equal(blocks.length, 2);
    const check = checkOrder({
      pipelineText,
      graphText,
      pipelineFile: 'azure-pipelines.yml',
      graphFile: 'service-graph.yml',
    });
    assert.deepEqual(check.findings, []);
    assert.deepEqual(check.unresolved, []);
    assert.deepEqual(check.deployments.map(({ service }) => service).sort(), ['payments', 'store']);
  });

  it('give times that the service takes, and a command that is understood', () => {
    requireGatesOptions({ stabilizationTime: 0, samplingInterval: 5, minimumSuccessDuration: 10, timeout: 60 });
    assert.throws(() => requireGatesOptions({ stabilizationTime: 0, samplingInterval: 4, minimumSuccessDuration: 10, timeout: 60 })); // prettier-ignore
    const [, command = ''] = /`safe-rollout (rollback [^`]+)`/.exec(read('docs/classic-release.md')) ?? [];
    rollback.prepare(command.split(' ').slice(1));
  });
});
