import type { Spot } from './finding.ts';
import type { PackedFiles } from './packed-files.ts';

const LIVING = ['Node24', 'Node20_1'];
/** Handlers that agents still know, and whose end has come (documented). */
const ENDED = ['Node', 'Node10', 'Node16', 'PowerShell', 'PowerShell3'];
/** The first agent with Node20_1 (documented). */
const OLDEST_AGENT = '4.248.0';

/** `execution` of a task that an agent runs, its outputs, and which agents have what it needs. */
export function lintAgentExecution(task: Spot, folder: string, files: PackedFiles): void {
  const execution = task.get('execution');
  if (!execution.keys().some((handler) => LIVING.includes(handler)))
    execution.say(`must have one of ${LIVING.join(', ')}, not ${execution.keys().join(', ') || 'nothing'}`);
  for (const handler of execution.keys()) {
    const spot = execution.get(handler);
    if (ENDED.includes(handler))
      spot.say(`must be left out: agents without one of ${LIVING.join(', ')} are no longer kept up`);
    else if (!LIVING.includes(handler)) spot.say(`must be one of ${LIVING.join(', ')}: no agent knows ${handler}`);
    const target = `${folder}/${spot.get('target').text}`;
    if (!files.paths().includes(target))
      spot.get('target').say(`must be a file beside task.json, and ${target} is not there`);
  }
  if (task.get('minimumAgentVersion').text !== OLDEST_AGENT)
    task
      .get('minimumAgentVersion')
      .say(`must be ${OLDEST_AGENT}, the first with Node20_1, not ${task.get('minimumAgentVersion').shown}`);
  const outputs = task
    .get('outputVariables')
    .items()
    .map((output) => output.get('name'));
  for (const name of outputs) name.mustMatch(/^[A-Za-z][A-Za-z0-9]*$/, 'a name of letters and digits');
  const allowed = task.get('restrictions').get('settableVariables').get('allowed');
  if (JSON.stringify(allowed.value) !== JSON.stringify(outputs.map(({ text }) => text)))
    allowed.say(`must be the output variables and no other, not ${allowed.shown}`);
}
