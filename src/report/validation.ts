import { dirname, relative, resolve, sep } from 'node:path';
import { readBaseline, writeBaseline, type Baseline } from '../finding/baseline.ts';
import type { OrderCheck } from '../order/check-order.ts';
import { acceptable, fails, reviewOrder, type OrderReview } from '../order/review/review.ts';
import { canBeAccepted } from '../order/rulebook/rule-texts.ts';
import type { ValidateSettings } from '../order/validate.settings.ts';
import { RolloutError } from '../rollout/errors.ts';
import { concludeOrder } from './order-conclusion.ts';
import type { Conclusion } from './conclusion.ts';
import { orderJunit, orderSarif } from './order-formats.ts';
import { orderSvg } from './order-picture.ts';

/** What a validation needs of the machine. Both reject with a RolloutError. */
export interface ValidationFiles {
  read(file: string): Promise<string>;
  /** Writes the file whole or not at all. */
  write(file: string, text: string): Promise<void>;
}

export type ReviewSettings = Pick<ValidateSettings, 'failOn' | 'onUnresolved' | 'severity' | 'baseline'>;

/** A review that can be made again of other texts: of what a fix has written. */
export type Reviewer = (check: OrderCheck, sources: ReadonlyMap<string, string>) => OrderReview;

/**
 * Reads the baseline, if there is one, and makes reviews by it.
 * @throws RolloutError `bad-input` when the baseline cannot be read
 */
export async function openReview(settings: ReviewSettings, files: ValidationFiles): Promise<Reviewer> {
  const { failOn, onUnresolved, severity = {}, baseline: file } = settings;
  const baseline = file === undefined ? undefined : await loadBaseline(file, files);
  const nameOf = namesFrom(file === undefined ? '.' : dirname(file));
  const policy = { failOn, onUnresolved, severity };
  return (check, sources) => reviewOrder({ check, sources, policy, baseline, nameOf });
}

async function loadBaseline(file: string, files: ValidationFiles): Promise<Baseline> {
  const read = readBaseline(await files.read(file));
  if ('entries' in read) return read;
  throw new RolloutError({ code: 'bad-input', problems: [`${file}: ${read.problem}`] });
}

/** Files are known by their path from the baseline's folder, wherever the check is started. */
function namesFrom(folder: string): (file: string) => string {
  return (file) => relative(resolve(folder), resolve(file)).split(sep).join('/');
}

/**
 * Writes what is open now as a baseline.
 * @returns the review by the new baseline, or the same one when errors stand that nobody can accept: what is behind
 * them is not known, and a baseline without it would call it new
 */
export async function acceptAll(review: OrderReview, file: string, files: ValidationFiles): Promise<OrderReview> {
  if (
    review.findings.some((one) => !canBeAccepted(one.finding.rule) && fails(one, { ...review.policy, failOn: 'error' }))
  )
    return review;
  const nameOf = namesFrom(dirname(file));
  const { check, sources, policy } = review;
  const text = writeBaseline(acceptable(reviewOrder({ check, sources, policy, nameOf })), nameOf);
  await files.write(file, text);
  return reviewOrder({
    check,
    sources,
    policy,
    nameOf,
    baseline: await loadBaseline(file, { ...files, read: () => Promise.resolve(text) }),
  });
}

/** Writes the files that the settings ask for, and says what the review came to. */
export async function concludeValidation(
  review: OrderReview,
  settings: Pick<ValidateSettings, 'sarifFile' | 'junitFile' | 'svgFile'>,
  files: ValidationFiles,
): Promise<Conclusion> {
  const { sarifFile, junitFile, svgFile } = settings;
  if (sarifFile !== undefined) await files.write(sarifFile, orderSarif(review));
  if (junitFile !== undefined) await files.write(junitFile, orderJunit(review));
  if (svgFile !== undefined) await files.write(svgFile, orderSvg(review));
  return concludeOrder(review);
}
