import type { Ignore } from '../../catalogue/read-ignore.ts';
import type { Finding, Position } from '../../finding/finding.ts';
import { didYouMean } from '../../finding/nearest.ts';
import { findComments, type Comment } from '../../yaml/comments.ts';
import { excerpt, placeOf } from '../../yaml/node.ts';
import { makeFinding } from '../rulebook/model.ts';
import { canBeAccepted, RULES } from '../rulebook/rule-texts.ts';

/** A finding that somebody accepts, and why. */
export type Suppression = Position & {
  readonly rule: string;
  readonly reason: string;
} & (
    | { readonly how: 'comment'; readonly onLine: number }
    | { readonly how: 'graph'; readonly services: readonly string[] }
  );

export interface ReadSuppressions {
  readonly suppressions: readonly Suppression[];
  /** Suppressions that accept nothing, because they cannot be read as one. */
  readonly findings: readonly Finding[];
}

const WORD = 'safe-rollout-ignore';
const BAD = 'bad-suppression';

/** `# safe-rollout-ignore rule[, rule]: reason` in the comments of all files that were read, and `ignore` of the graph. */
export function readSuppressions(
  sources: ReadonlyMap<string, string>,
  ignored: readonly Ignore[] = [],
): ReadSuppressions {
  const suppressions: Suppression[] = [];
  const findings: Finding[] = [];
  const add = (suppression: Suppression): void => {
    const wrong = problemOf(suppression);
    if (wrong === undefined) suppressions.push(suppression);
    else findings.push(makeFinding(BAD, suppression, wrong, []));
  };
  for (const [file, text] of sources) {
    // Comments cost a second parse of the file, which files without the word need not pay.
    const comments = text.includes(WORD) ? findComments(text, file) : [];
    const lines = new Set(comments.filter(({ alone }) => alone).map(({ line }) => line));
    for (const comment of comments) readComment(comment, lines).forEach(add);
  }
  for (const { rule, services, reason, ...place } of ignored)
    add({ ...placeOf(place), how: 'graph', rule, services, reason });
  return { suppressions, findings };
}

function readComment(comment: Comment, commentLines: ReadonlySet<number>): Suppression[] {
  const [, rest] = new RegExp(`^#+\\s*${WORD}(?![\\w-])(.*)$`).exec(comment.text) ?? [];
  if (rest === undefined) return [];
  const colon = rest.indexOf(':');
  const rules = (colon < 0 ? rest : rest.slice(0, colon)).split(',').map((rule) => rule.trim());
  const reason = colon < 0 ? '' : rest.slice(colon + 1).trim();
  let onLine = comment.line;
  // Several comments may stand above one line.
  if (comment.alone) while (commentLines.has(onLine)) onLine++;
  return rules.map((rule) => ({ ...placeOf(comment), how: 'comment', rule, reason, onLine }));
}

function problemOf({ rule, reason }: Suppression): string | undefined {
  const form = `write \`# ${WORD} rule: reason\``;
  if (rule === '') return `this suppression names no rule: ${form}`;
  if (!Object.hasOwn(RULES, rule)) {
    const accepted = Object.keys(RULES).filter(canBeAccepted);
    return `there is no rule '${excerpt(rule)}'${didYouMean(rule, accepted)}`;
  }
  if (!canBeAccepted(rule)) return `${rule} cannot be suppressed: nothing is known about the order where it is found`;
  if (reason === '') return `this suppression of ${rule} gives no reason: ${form}`;
  return undefined;
}

/** The suppression that accepts a finding, if there is one. */
export function suppressionOf(finding: Finding, suppressions: readonly Suppression[]): Suppression | undefined {
  return suppressions.find((one) => {
    if (one.rule !== finding.rule) return false;
    if (one.how === 'comment') return one.file === finding.file && one.onLine === finding.line;
    return one.services.every((service) => finding.services.includes(service));
  });
}

/** A suppression that accepts nothing would hide the next finding of its rule, unseen. */
export function unusedSuppression(one: Suppression): Finding {
  const where = one.how === 'comment' ? `on line ${one.onLine}` : `about ${one.services.join(' and ')}`;
  const message = `nothing is found by ${one.rule} ${where}: remove this suppression ("${excerpt(one.reason, 80)}")`;
  return { ...makeFinding('unused-suppression', one, message, []), severity: 'warning' };
}
