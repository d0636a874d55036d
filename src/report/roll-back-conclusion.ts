import type { RolloutEvent } from '../rollout/ports.ts';
import type { RollbackResult } from '../rollout/roll-back.ts';
import type { Conclusion, ExitCode } from './conclusion.ts';
import type { IncidentRecord } from './incident-record.ts';
import { neutralMarkdown } from './neutral.ts';
import { timeline } from './timeline.ts';

/**
 * What a rollback came to. A task has succeeded when nothing is left to be undone, whether or not it had to do anything;
 * a command tells the two apart by its exit code.
 */
export function concludeRollBack(
  result: RollbackResult,
  incident: IncidentRecord,
  story: readonly RolloutEvent[],
): Conclusion {
  const { outcome, reason, services } = result;
  const sentence = sentenceOf(result);
  const restored = services.filter((one) => one.outcome === 'undone').map(({ service }) => service);
  const rows = services.map(
    (one) => `| ${neutralMarkdown(one.service)} | ${one.outcome} | ${neutralMarkdown(one.reason)} |\n`,
  );
  const table = rows.length === 0 ? '' : `| Service | Outcome | Why |\n| --- | --- | --- |\n${rows.join('')}\n`;
  return {
    exitCode: exitCodeOf(outcome),
    succeeded: outcome !== 'person',
    sentence,
    text: sentence,
    outputs: { outcome, restored: restored.join(', ') },
    markdown: `## Rollback\n\n${neutralMarkdown(sentence)}\n\n${table}${timeline(story)}`,
    document: { ok: outcome !== 'person', outcome, message: reason, run: incident.run, services, incident },
    findings: [],
  };
}

function exitCodeOf(outcome: RollbackResult['outcome']): ExitCode {
  switch (outcome) {
    case 'nothing':
      return 0;
    case 'rolled-back':
      return 3;
    case 'person':
      return 4;
  }
}

function sentenceOf({ outcome, reason }: RollbackResult): string {
  switch (outcome) {
    case 'nothing':
      return `Nothing to roll back: ${reason}.`;
    case 'rolled-back':
      return `Rolled back: ${reason}`;
    case 'person':
      return `A person is needed: ${reason}`;
  }
}
