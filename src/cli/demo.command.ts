import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RolloutError } from '../rollout/errors.ts';
import { declare } from '../settings/setting.ts';
import { command } from './command.ts';
import { demo, printDemo } from './demo/demo.ts';

export default command({
  name: 'demo',
  description: `Shows the whole job on an Azure that this program brings along: a pipeline is checked, three services are deployed in
order, a hotfix is swapped in, a bad release is rolled back, a lost reply is survived. Real processes and real requests,
on this machine only; no account. Takes less than a minute.`,
  examples: [
    ['safe-rollout demo', 'what it does, with times, and a table at the end'],
    ['safe-rollout demo --format json', 'the outcomes as one document'],
  ],
  declaration: declare({}),
  run: async (_, session) => {
    const program = realpathSync(process.argv[1] ?? '.');
    const example = join(dirname(program), '../../examples/contoso');
    if (!existsSync(example)) {
      const problem = `The demo needs examples/contoso of the repository, which is not at ${example}. Clone the repository and run npm start.`;
      throw new RolloutError({ code: 'bad-input', problems: [problem] });
    }
    const result = await demo({
      example,
      cli: [process.execPath, ...process.execArgv, program],
      say: (line) => session.say(line),
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
