import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { printDemo, runScenarios, type DemoResult } from '../../src/cli/demo/run-scenarios.ts';
import type { Scenario, Step } from '../../src/cli/demo/scenario.ts';
import { SCENARIOS } from '../../src/cli/demo/scenarios.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

/** Payments as an image, beside the sites of the graph file. */
const images: Scenario = {
  name: 'images',
  title: 'a container app',
  start: {
    what: 'an embedded Azure with a container app',
    example: 'contoso',
    prepare: async (world) => {
      await world.pushImage('contoso/payments:2.4.0', 'payments', '2.4.0');
      await world.emulator.addContainerApp({
        name: 'payments',
        resourceGroup: 'rg-contoso-prod',
        image: 'contoso/payments:2.4.0',
      });
    },
  },
  steps: [
    {
      id: 'a',
      title: 'it runs',
      run: async (world) => {
        const { http } = world.ports('look');
        const url = `${world.emulator.containerAppUrl('payments')}/api/version`;
        const answer = await http.get({ url, headers: {}, timeoutMs: 5000 });
        const { slots } = world.emulator.siteState('app-contoso-payments');
        return {
          expected: '{"version":"2.4.0"}, beside production and staging',
          found: `${answer.kind === 'answer' ? answer.body.trim() : answer.kind}, beside ${Object.keys(slots).join(' and ')}`,
        };
      },
    },
  ],
};

const step = (id: string, found: string): Step => ({
  id,
  title: `step ${id}`,
  run: () => (found === 'throws' ? Promise.reject(new Error('no disk')) : Promise.resolve({ expected: 'good', found })),
});
const start = { what: 'Contoso', example: 'contoso' };

describe('scenarios of the demo', function () {
  this.timeout(60_000);
  const told: string[] = [];
  const play = async (scenarios: readonly Scenario[], signal = new AbortController().signal): Promise<DemoResult> =>
    await runScenarios(scenarios, { examples: EXAMPLES, cli: ['node'], say: (line) => void told.push(line), signal });

  it('have names that can be told apart, from each other and from all', () => {
    const names = ['all', ...SCENARIOS.map(({ name }) => name)];
    assert.equal(new Set(names).size, names.length);
    for (const { steps } of SCENARIOS) assert.equal(new Set(steps.map(({ id }) => id)).size, steps.length);
  });

  it('are tests, each of them', () =>
    assert.deepEqual(
      SCENARIOS.map(({ name }) => name).filter(
        (name) => !['test', 'deep.test'].some((kind) => existsSync(`test/scenarios/${name}.${kind}.ts`)),
      ),
      [],
    ));

  it('start from sites of the graph file and whatever else they put in place', async () => {
    const { ok, scenarios } = await play([images]);
    assert.equal(ok, true, JSON.stringify(scenarios));
  });

  it('run one after the other, whatever became of those before, and end with a summary', async () => {
    const result = await play([
      {
        name: 'breaks',
        title: 'one that breaks',
        start,
        steps: [step('a', 'good'), step('b', 'throws'), step('c', 'x')],
      },
      { name: 'good', title: 'one that holds', start, steps: [step('a', 'good')] },
    ]);
    assert.equal(result.ok, false);
    assert.deepEqual(
      result.scenarios.map(({ name, ok, outcomes }) => [name, ok, outcomes.map((one) => [one.id, one.ok])]),
      [
        ['breaks', false, [['a', true], ['b', false], ['c', false]]], // oxfmt-ignore
        ['good', true, [['a', true]]],
      ],
    );
    const text = printDemo(result).replaceAll(/[\d.]+m?s/g, 'TIME');
    assert.equal(
      text,
      `
breaks: one that breaks

  as expected  (a) step a  TIME
                   good
  UNEXPECTED   (b) step b  TIME
                   stopped by an error: no disk
      expected     an end without an error
  UNEXPECTED   (c) step c  TIME
                   not tried: it relies on (b), which was stopped by an error
      expected     to be tried

good: one that holds

  as expected  (a) step a  TIME
                   good

breaks  2 of 3 outcomes are not as expected.
good    The outcome is as expected, in TIME.
Of 2 scenarios not as expected: breaks.`,
    );
  });

  it('end between two steps when somebody ends the demo', async () => {
    told.length = 0;
    const controller = new AbortController();
    const stop: Step = {
      ...step('a', 'good'),
      run: () => {
        controller.abort(new Error('SIGINT'));
        return Promise.resolve({ expected: 'good', found: 'good' });
      },
    };
    const scenario = { name: 'ends', title: '', start, steps: [stop, step('b', 'good')] };
    await assert.rejects(play([scenario], controller.signal), /SIGINT/);
    assert.deepEqual(
      told.filter((line) => /\([ab]\)/.test(line)).map((line) => line.trim().slice(-10)),
      ['(a) step a'],
    );
  });
});
