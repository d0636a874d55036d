import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { taskFolders } from '../../src/build/tasks.ts';
import { readCatalogue } from '../../src/catalogue/read-catalogue.ts';
import { checkOrder } from '../../src/order/check-order.ts';
import type { TaskInput } from '../../src/settings/task-inputs.ts';

const ROOT = process.cwd();
const PAGES = ['overview.md', 'README.md'].filter((page) => existsSync(join(ROOT, page)));

/** Sections whose examples are wrong on purpose, or belong to each other: test/docs holds them to what they show. */
const SHOW_MISTAKES = /^## (?:The order check|Examples of each rule|What the check finds)\n[\s\S]*?(?=^## )/gm;

/** What people copy from our pages works as it stands there. */
describe('the examples on the pages', () => {
  const inputs = new Map(
    taskFolders(ROOT).map(({ name, major, path }) => {
      const task = JSON.parse(readFileSync(join(ROOT, path, 'task.json'), 'utf8')) as { inputs: TaskInput[] };
      const names = task.inputs.flatMap(({ name: input, aliases = [] }) => [input, ...aliases]);
      return [`${name}@${major}`, new Set(names.map((input) => input.toLowerCase()))];
    }),
  );
  const blocks = PAGES.flatMap((page) =>
    [
      ...readFileSync(join(ROOT, page), 'utf8')
        .replace(SHOW_MISTAKES, '')
        .matchAll(/```yaml\n([\s\S]*?)```/g),
    ].map(([, text], index) => ({
      where: `${page}, block ${index + 1}`,
      text: text!,
    })),
  );
  const graph = blocks.find(({ text }) => /^version: 1$/m.test(text));
  const pipelines = blocks.filter(({ text }) => /^(stages|jobs|steps):/m.test(text));

  it('are found', () => assert.ok(graph !== undefined && pipelines.length > 0 && PAGES.includes('overview.md')));

  for (const { where, text } of blocks.filter((block) => /^version: 1$/m.test(block.text)))
    it(`declare a service graph without a finding: ${where}`, () =>
      assert.deepEqual(readCatalogue(text, where).findings, []));

  for (const { where, text } of pipelines)
    it(`pass the order check: ${where}`, () => {
      const check = checkOrder({
        pipelineText: text,
        pipelineFile: where,
        graphText: graph!.text,
        graphFile: 'service-graph.yml',
      });
      assert.deepEqual([check.findings, check.unresolved], [[], []]);
    });

  for (const { where, text } of blocks)
    it(`name only tasks and inputs that exist: ${where}`, () => {
      for (const { task, inputs: given = {} } of stepsIn(parse(text))) {
        if (!task.startsWith('SafeRollout')) continue;
        const known = inputs.get(task);
        assert.ok(known, task);
        for (const input of Object.keys(given))
          assert.ok(known.has(input.toLowerCase()), `${task} has no input ${input}`);
      }
    });
});

interface Step {
  readonly task: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

function stepsIn(value: unknown): Step[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'task' in value && typeof value.task === 'string' ? [value as Step] : [];
  return [...own, ...Object.values(value).flatMap(stepsIn)];
}
