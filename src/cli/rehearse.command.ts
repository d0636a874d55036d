import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deploySettings, type DeploySettings } from '../rollout/deploy/deploy.settings.ts';
import { RolloutError } from '../rollout/errors.ts';
import { duration, list, path } from '../settings/kinds.ts';
import { readSettings, type Source } from '../settings/read.ts';
import { declare, optional, withDefault } from '../settings/setting.ts';
import { command } from './command.ts';
import type { Fault } from './rehearse/faults.ts';
import { FAULT_NAMES, faultsOf, REHEARSED } from './rehearse/kinds/table.ts';
import { prepareRehearsal } from './rehearse/prepare.ts';
import { printRehearsal, rehearsalMarkdown, sentenceOf } from './rehearse/print.ts';
import { rehearse } from './rehearse/rehearse.ts';

const { graphFile, environmentName, services, release, resourceGroupName, parallel, rollbackScope } =
  deploySettings.settings;

export default command({
  name: 'rehearse',
  description: `Rehearses your own deployment on an Azure that this program brings along, with one thing going wrong each time: at every
app of the graph, from a refused upload to an agent that is killed right after its swap, or its shift of the traffic. Each
row begins anew with a baseline in production, deploys your packages as real processes and says what production holds in
the end: the old release, or the new one verified, is what is promised. Ends with 0 only when every row kept it.

A package that is not there is played by a stand-in that answers the declared probe, and so is every image of a container
app: none is pulled. Commands are not run, and nothing outside this machine is asked.

${REHEARSED.map(({ name, faults }) => `What can go wrong with a service of kind ${name}: ${faults.map(({ id }) => id).join(', ')}.`).join('\n\n')}`,
  examples: [
    ['safe-rollout rehearse', 'every fault at every app of service-graph.yml'],
    ['safe-rollout rehearse --services payments --faults swap-reply-lost,swap-503', 'two faults at one app'],
    ['safe-rollout rehearse --report-file rehearsal.md --limit 5m', 'for at most about five minutes, and as a page'],
  ],
  declaration: declare({
    graphFile,
    environmentName,
    services,
    release,
    resourceGroupName,
    parallel,
    rollbackScope,
    faults: optional(
      list({
        label: 'Faults',
        help: 'What is to go wrong, by comma. Everything when left out.',
        item: { matches: /^[\w-]+$/, rule: 'must be the name of a fault' },
      }),
    ),
    limit: withDefault(
      duration({ label: 'Limit', help: 'No rehearsal is begun after this time; what is left out is named.' }),
      '15m',
    ),
    reportFile: optional(path({ label: 'Report', help: 'Also write the table to this file, as markdown.' })),
  }),
  emptyDocument: { rows: [] },
  run: async (settings, session) => {
    const chosen = chosenFaults(settings.faults);
    const folder = await mkdtemp(join(tmpdir(), 'safe-rollout-rehearsal-'));
    try {
      const rehearsal = await prepareRehearsal(deployment(session.flags), folder, session.env);
      const apps = rehearsal.parts.map(({ service }) => service);
      if (apps.every(({ kind }) => chosen(kind).length === 0)) {
        const known = [...new Set(apps.flatMap(({ kind }) => faultsOf(kind).map(({ id }) => id)))].join(', ');
        const problem = `--faults: none of them can go wrong with ${apps.map(({ name }) => name).join(', ')}. There are: ${known}.`;
        throw new RolloutError({ code: 'bad-input', problems: [problem] });
      }
      session.say(`rehearsing ${apps.map(({ name }) => name).join(', ')}, two worlds at a time`);
      const result = await rehearse(rehearsal, chosen, settings.limit, session.signal, (line) => session.say(line));
      const markdown = rehearsalMarkdown(result);
      if (settings.reportFile !== undefined) await writeFile(settings.reportFile, markdown);
      return {
        exitCode: result.ok ? 0 : 1,
        succeeded: result.ok,
        sentence: sentenceOf(result),
        text: printRehearsal(result),
        document: result,
        outputs: {},
        markdown,
        findings: [],
      };
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  },
});

/** @returns by kind, what is to go wrong with its services */
function chosenFaults(names: readonly string[] | undefined): (kind: string) => readonly Fault[] {
  if (names === undefined) return faultsOf;
  const strangers = names.filter((name) => !FAULT_NAMES.includes(name));
  if (strangers.length === 0) return (kind) => faultsOf(kind).filter(({ id }) => names.includes(id));
  const problem = `--faults: there is no ${strangers.join(', ')}. There are: ${FAULT_NAMES.join(', ')}.`;
  throw new RolloutError({ code: 'bad-input', problems: [problem] });
}

/** What `deploy` would be given with the same flags; the rest as it is when nobody says anything. */
function deployment(flags: Source): DeploySettings {
  const reading = readSettings(deploySettings, (name) => (name === 'azureSubscription' ? 'none' : flags(name)));
  if (reading.ok) return reading.settings;
  throw new Error(`the settings of deploy have no defaults: ${reading.problems.map(({ name }) => name).join(', ')}`);
}
