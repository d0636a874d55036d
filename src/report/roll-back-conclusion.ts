import type { RolloutEvent } from '../rollout/ports.ts';
import type { RollbackResult } from '../rollout/roll-back.ts';
import type { Conclusion } from './conclusion.ts';
import { neutralMarkdown } from './neutral.ts';
import { timeline } from './timeline.ts';

/** What a rollback came to. It is done when nothing is left to be undone, whether or not it had to do anything. */
export function concludeRollBack(run: string, result: RollbackResult, story: readonly RolloutEvent[]): Conclusion {
  const { outcome, reason, services } = result;
  const sentence = sentenceOf(result);
  const restored = services.filter((one) => one.outcome === 'undone').map(({ service }) => service);
  const rows = services.map(
    (one) => `| ${neutralMarkdown(one.service)} | ${one.outcome} | ${neutralMarkdown(one.reason)} |\n`,
  );
  const table = rows.length === 0 ? '' : `| Service | Outcome | Why |\n| --- | --- | --- |\n${rows.join('')}\n`;
  return {
    exitCode: outcome === 'person' ? 4 : 0,
    sentence,
    outputs: { outcome, restored: restored.join(', ') },
    markdown: `## Rollback\n\n${neutralMarkdown(sentence)}\n\n${table}${timeline(story)}`,
    document: { ok: outcome !== 'person', outcome, message: reason, run, services },
    findings: [],
  };
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
