import type { PromotionResult } from './result.ts';

/**
 * What became of one service of a deployment. `done`: verified on its release, now or by an earlier attempt of this run.
 * The others are as for a promotion; `failed` is a command, an upload or a new revision that did not work, with nothing
 * promoted.
 */
export interface ServiceResult {
  readonly outcome:
    | 'done'
    | 'refused'
    | 'failed'
    | 'restored'
    | 'restored-not-yet-healthy'
    | 'in-place-not-yet-healthy'
    | 'superseded'
    | 'unhealthy'
    | 'unknown';
  readonly reason: string;
  /** True when this run changed production for this service and it stayed so. */
  readonly changed: boolean;
  readonly versionBefore: string | null;
  readonly versionAfter: string | null;
}

/** A result of a service of which nothing was changed. */
export function unchanged(
  outcome: ServiceResult['outcome'],
  reason: string,
  version: string | null = null,
): ServiceResult {
  return { outcome, reason, changed: false, versionBefore: null, versionAfter: version };
}

/** Pure: what a promotion's end means for its service. */
export function resultOf(promotion: PromotionResult): ServiceResult {
  switch (promotion.outcome) {
    case 'promoted':
      return {
        outcome: 'done',
        reason: promotion.reason,
        changed: true,
        versionBefore: promotion.versionBefore ?? null,
        versionAfter: promotion.versionAfter ?? null,
      };
    case 'refused':
      return unchanged('refused', promotion.refusals.map(({ message }) => message).join(' '));
    case 'restored':
    case 'restored-not-yet-healthy':
      return unchanged(promotion.outcome, promotion.reason, promotion.versionAfter ?? null);
    case 'previewed':
    case 'cancelled':
      throw new Error(`a deployment ends in no ${promotion.outcome} swap`);
    case 'unhealthy':
    case 'in-place-not-yet-healthy':
    case 'superseded':
    case 'unknown':
      return { ...unchanged(promotion.outcome, promotion.reason), changed: true };
  }
}
