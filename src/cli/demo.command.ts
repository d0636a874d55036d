import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RolloutError } from '../rollout/errors.ts';
import { oneOf } from '../settings/kinds.ts';
import { declare, withDefault } from '../settings/setting.ts';
import { command } from './command.ts';
import { printDemo, runScenarios } from './demo/run-scenarios.ts';
import type { Scenario } from './demo/scenario.ts';
import { SCENARIOS } from './demo/scenarios.ts';

const ALL = 'all';
const help = `What to show. ${SCENARIOS.map(({ name, title }) => `${name}: ${title}`).join('. ')}. ${ALL}: one after the other.`;

export default command({
  name: 'demo',
  description: `Shows the whole job on an Azure that this program brings along: a pipeline is checked, three services are deployed in
order, a hotfix is swapped in, a bad release is rolled back, a lost reply is survived. Real processes and real requests,
on this machine only; no account. Takes less than a minute.

Ends with 0 only when every outcome is as expected. The same scenarios are tests.`,
  examples: [
    ['safe-rollout demo', 'what it does, with times, and a table at the end'],
    ['safe-rollout demo --scenario all', 'every scenario, and a summary at the end'],
    ['safe-rollout demo --format json', 'the outcomes as one document'],
  ],
  declaration: declare({
    scenario: withDefault(
      oneOf([...SCENARIOS.map(({ name }) => name), ALL], { label: 'Scenario', help }),
      SCENARIOS[0].name,
    ),
  }),
  emptyDocument: { scenarios: [] },
  run: async ({ scenario }, session) => {
    const program = realpathSync(process.argv[1] ?? '.');
    const examples = join(dirname(program), '../../examples');
    const chosen = SCENARIOS.filter(({ name }) => scenario === ALL || name === scenario);
    const problems = chosen.flatMap((one) => missing(one, examples));
    if (problems.length > 0) throw new RolloutError({ code: 'bad-input', problems });
    const result = await runScenarios(chosen, {
      examples,
      cli: [process.execPath, ...process.execArgv, program],
      say: (line) => session.say(line),
      signal: session.signal,
    });
    return {
      exitCode: result.ok ? 0 : 1,
      succeeded: result.ok,
      sentence: result.ok ? 'Every outcome is as expected.' : 'Not every outcome is as expected.',
      text: printDemo(result),
      document: result,
      outputs: {},
      markdown: '',
      findings: [],
    };
  },
});

function missing({ start }: Scenario, examples: string): string[] {
  const example = join(examples, start.example);
  if (existsSync(example)) return [];
  return [
    `The demo needs examples/${start.example} of the repository, which is not at ${example}. Clone the repository and run npm start.`,
  ];
}
