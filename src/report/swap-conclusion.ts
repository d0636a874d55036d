import { exitCodeOf, type PromotionResult } from '../rollout/way/result.ts';
import { printContent } from '../rollout/kinds/app-service/content-print.ts';
import { facingUsers } from '../journal/users-side.ts';
import type { RolloutEvent } from '../rollout/ports.ts';
import type { SwapRequest } from '../rollout/kinds/app-service/desk.ts';
import { slotPair } from '../rollout/kinds/app-service/slot-way.ts';
import type { Conclusion } from './conclusion.ts';
import { neutralMarkdown } from './neutral.ts';
import { timeline } from './timeline.ts';

/**
 * What a swap came to, for a task or a command. `story` is everything that was told on the way.
 * @param undo how a rollback of this run is asked for, where the swap ran
 */
export function concludeSwap(
  request: SwapRequest,
  result: PromotionResult,
  story: readonly RolloutEvent[],
  undo: string,
): Conclusion {
  const { promotion } = request;
  const target = facingUsers(request.target);
  const swap = `${target.app}: ${target.source} to ${target.destination}`;
  const sentence = sentenceOf(swap, result, undo);
  const before =
    result.outcome === 'promoted' ? (result.versionBefore ?? printContent(slotPair(result.before).target)) : '';
  const after = releaseAfter(result);
  return {
    exitCode: exitCodeOf(result.outcome),
    succeeded: exitCodeOf(result.outcome) === 0,
    sentence,
    text: sentence,
    outputs: {
      outcome: result.outcome,
      promotionId: promotion,
      releaseBefore: before,
      releaseAfter: after,
    },
    markdown: `## Swap of ${neutralMarkdown(swap)}\n\n${neutralMarkdown(sentence)}\n\n${timeline(story)}`,
    document: {
      ok: exitCodeOf(result.outcome) === 0,
      outcome: result.outcome,
      message: sentence,
      promotionId: promotion,
      app: target.app,
      sourceSlot: target.source,
      targetSlot: target.destination,
      releaseBefore: before === '' ? null : before,
      releaseAfter: after === '' ? null : after,
      refusals: result.outcome === 'refused' ? result.refusals : [],
    },
    findings: [],
  };
}

function sentenceOf(swap: string, result: PromotionResult, undo: string): string {
  switch (result.outcome) {
    case 'promoted':
      return `Promoted, ${swap}: ${result.reason}`;
    case 'refused':
      return `Not swapped, ${swap}: ${result.refusals.map(({ message }) => message).join(' ')}`;
    case 'previewed':
      return `A swap with preview is pending, ${swap}: ${result.reason}`;
    case 'cancelled':
      return `No swap with preview is pending, ${swap}: ${result.reason}`;
    case 'restored':
      return `Swapped and swapped back, ${swap}; the old release serves again: ${result.reason}`;
    case 'restored-not-yet-healthy':
      return `Swapped and swapped back, ${swap}: ${ended(result.reason)} Look at the old release. Nothing is left to be put back.`;
    case 'in-place-not-yet-healthy':
      return `Swapped, ${swap}: in place, not yet healthy; look at the new release: ${ended(result.reason)} Next: to put the old one back: ${undo}`;
    case 'superseded':
      return `Swapped, ${swap}, and changed by somebody else since; look before anything else is tried: ${ended(result.reason)}`;
    case 'unhealthy':
      return `The new release is unhealthy and still in place, ${swap}; somebody must decide: ${ended(result.reason)} Next: to put the old one back, where nothing stands against it: ${undo}`;
    case 'unknown':
      return `What the slots hold is unknown, ${swap}; look before anything else is tried: ${ended(result.reason)} Next: to look again, and put back what this swap replaced where it can be told: ${undo}`;
  }
}

function ended(reason: string): string {
  return `${reason.replace(/\.$/, '')}.`;
}

/** What the target slot holds now, where it is known. */
function releaseAfter(result: PromotionResult): string {
  switch (result.outcome) {
    case 'promoted':
      return result.versionAfter ?? printContent(slotPair(result.after).target);
    case 'restored':
    case 'restored-not-yet-healthy':
      return result.versionAfter ?? '';
    case 'in-place-not-yet-healthy':
    case 'superseded':
    case 'refused':
    case 'previewed':
    case 'cancelled':
    case 'unhealthy':
    case 'unknown':
      return '';
  }
}
