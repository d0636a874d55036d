import type { RolloutEvent } from '../rollout/ports.ts';
import type { RollbackResult } from '../rollout/recover/rollback-result.ts';
import type { Conclusion, ExitCode } from './conclusion.ts';
import type { IncidentRecord } from './incident-record.ts';
import { neutralMarkdown } from './neutral.ts';
import { timeline } from './timeline.ts';

/**
 * What a rollback came to. A task has succeeded when nothing is left to be undone, whether or not it had to do anything;
 * a command tells the two apart by its exit code.
 * @param again how a rollback of the same run is asked for, where this one ran
 */
export function concludeRollBack(
  result: RollbackResult,
  incident: IncidentRecord,
  story: readonly RolloutEvent[],
  again: string,
): Conclusion {
  const { outcome, reason, services } = result;
  const sentence = sentenceOf(result, again);
  const restored = services.filter((one) => one.outcome === 'undone').map(({ service }) => service);
  const rows = services.map(
    (one) => `| ${neutralMarkdown(one.service)} | ${one.outcome} | ${neutralMarkdown(one.reason)} |\n`,
  );
  const table = rows.length === 0 ? '' : `| Service | Outcome | Why |\n| --- | --- | --- |\n${rows.join('')}\n`;
  return {
    exitCode: exitCodeOf(outcome),
    succeeded: outcome !== 'person',
    sentence,
    text: `${plainTable(incident.services)}${sentence}`,
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

/** Releases are those of the target: what was there when the rollback began, and now. */
function plainTable(services: IncidentRecord['services']): string {
  const width = Math.max(0, ...services.map(({ service }) => service.length));
  return services
    .map(({ service, outcome, releaseDeployed, releaseNow, why }) => {
      const releases =
        outcome === 'undone' || outcome === 'undone-not-yet-healthy'
          ? `${releaseDeployed ?? '?'} -> ${releaseNow ?? '?'}  `
          : '';
      return `${service.padEnd(width)}  ${outcome}  ${releases}${why}\n`;
    })
    .join('');
}

function sentenceOf({ outcome, reason, services, seen = [] }: RollbackResult, again: string): string {
  switch (outcome) {
    case 'nothing':
      return `Nothing to roll back: ${reason.replace(/\.$/, '')}.`;
    case 'rolled-back':
      return `Rolled back: ${reason}`;
    case 'person': {
      // What was refused is refused again; what could not be told may be told later.
      const later = services.some((one) => one.outcome === 'unknown' || one.outcome === 'not-undone');
      const next = later ? ` Next: when that has settled, look again; it is safe to repeat: ${again}` : '';
      const refused = services.filter((one) => one.outcome === 'refused').map(({ service }) => service);
      const hands = seen.filter(({ service }) => services.length === 0 || refused.includes(service));
      const byHand =
        hands.length === 0
          ? ''
          : ` Look at what is in place (above); what must not stay is swapped by hand, behind the gate of every swap: ${hands.map((one) => one.byHand).join('; ')}`;
      return `A person is needed: ${reason.replace(/\.$/, '')}.${next}${byHand}`;
    }
  }
}
