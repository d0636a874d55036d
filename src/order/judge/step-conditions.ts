import { evaluateThreeValued } from '../../expression/condition.ts';
import { environment } from '../../expression/evaluate.ts';
import { context, UNKNOWN_TEXT } from '../../expression/value.ts';
import type { Step } from '../../pipeline/model.ts';
import { readGuard } from '../runs/guard.ts';
import { groupUses, valuesOf } from '../runs/unknowns.ts';

/** How a job stands when the agent looks at the condition of a step. */
export type JobStatus = 'Succeeded' | 'Failed' | 'Canceled';

/**
 * Whether a step can be left out of a job in which nothing has failed: `yes` when some value of the variables leads
 * there, `maybe` when that cannot be told. The agent takes the status functions from the state of the job (its source).
 */
export function stepMayBeSkipped(step: Step): 'yes' | 'maybe' | 'no' {
  if (step.enabled !== undefined && step.enabled.value !== 'true')
    return step.enabled.value === 'false' ? 'yes' : 'maybe';
  return canEnd(step, 'Succeeded', (end) => end !== 'true');
}

/** Whether a step can run in a job that stands like this. */
export function stepMayRun(step: Step, status: JobStatus): 'yes' | 'maybe' | 'no' {
  if (step.condition === undefined) return status === 'Succeeded' ? 'yes' : 'no';
  return canEnd(step, status, (end) => end === 'true');
}

/** Beyond this many values of variables the answer is left open. */
const MOST_TRIES = 5_000;

function canEnd(step: Step, status: JobStatus, wanted: (end: string) => boolean): 'yes' | 'maybe' | 'no' {
  const { condition } = step;
  if (condition === undefined) return wanted(status === 'Succeeded' ? 'true' : 'false') ? 'yes' : 'no';
  const guard = readGuard(condition, [], 'steps');
  if (guard.kind !== 'custom') return 'maybe';
  const uses = groupUses(guard.uses);
  const names = [...uses.values()].map(([first]) => (first!.from.kind === 'variable' ? first!.from.name : ''));
  const choices = [...uses.values()].map(valuesOf);
  const answer = (name: string): 'true' | 'false' => {
    const yes = { succeeded: 'Succeeded', failed: 'Failed', canceled: 'Canceled' }[name];
    return status === yes || (name === 'succeededOrFailed' && status !== 'Canceled') ? 'true' : 'false';
  };
  let seen: 'maybe' | 'no' = 'no';
  let tries = 0;
  const at = choices.map(() => 0);
  for (;;) {
    if (tries++ > MOST_TRIES) return 'maybe';
    const variables = context(
      [...names.map((name, index) => [name, choices[index]![at[index]!]!] as const)],
      UNKNOWN_TEXT,
    );
    const { possible } = evaluateThreeValued(guard.expression, environment({ variables }, answer));
    const ends = [...possible];
    if (ends.every(wanted)) return 'yes';
    if (ends.some(wanted)) seen = 'maybe';
    let next = 0;
    while (next < at.length && ++at[next]! === choices[next]!.length) at[next++] = 0;
    if (next === at.length) return seen;
  }
}
