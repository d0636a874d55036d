import type { Position } from '../finding/finding.ts';
import type { NewThread, ThreadPlace } from '../order/discuss/pull-request.ts';
import type { OrderReview, Reviewed } from '../order/review/review.ts';
import { neutralComment } from './neutral.ts';
import { isShown } from './order-conclusion.ts';
import { PRODUCT, ruleUri } from './product.ts';

/** What the threads of one check have in common. */
export interface ThreadContext {
  /** Marks the threads as this check's. */
  readonly check: string;
  /** Who keeps the threads, for people: the name of the pipeline. */
  readonly pipeline: string;
  /** Where a finding lies in the repository of the pull request; undefined where it lies elsewhere. */
  readonly placeOf: (position: Position) => ThreadPlace | undefined;
  /** Hides secrets: what is written to a pull request passes no agent that would. */
  readonly mask: (text: string) => string;
}

const LONGEST_TEXT = 3000;

/** A thread for every finding that the run's own page shows too; errors first. */
export function findingThreads(review: OrderReview, context: ThreadContext): NewThread[] {
  const shown = [...review.findings, ...review.unresolved].filter(isShown(review));
  const weight = ({ finding }: Reviewed): number => (finding.severity === 'error' ? 0 : 1);
  return shown
    .sort((a, b) => weight(a) - weight(b))
    .map(({ finding, fingerprint }) => {
      const place = context.placeOf(finding);
      return {
        mark: { check: context.check, finding: fingerprint, rule: finding.rule },
        place,
        text: textOf(finding, place, context),
      };
    });
}

function textOf(finding: Reviewed['finding'], place: ThreadPlace | undefined, context: ThreadContext): string {
  const { rule, severity, message, counterexample, file, line } = finding;
  // Masked before it is neutralised: a secret with a sign of markdown in it would no longer be found.
  const shown = (text: string): string => neutralComment(cut(context.mask(text)));
  const where = place === undefined ? ` ${shown(`${file}:${line}`)}:` : '';
  return [
    `**${severity === 'error' ? 'Error' : 'Warning'}** [${rule}](${ruleUri(rule)}):${where} ${shown(message)}`,
    ...(counterexample === undefined ? [] : [`For example: ${shown(counterexample)}`]),
    `_${PRODUCT.name}, pipeline ${shown(context.pipeline)}: resolved by itself once this is mended. Closed as won't fix it stays closed, and still counts._`,
  ].join('\n\n');
}

function cut(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}...`;
}
