/** Lines of the old text shown before and after a change. */
const CONTEXT = 3;

interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/**
 * The difference of two texts in the unified form that `git apply` and `patch` take; '' when there is none. Found by
 * looking ahead for the nearest line that both have, which is right for any two texts and short for inserted lines.
 */
export function textDiff(before: string, after: string, file: string): string {
  if (before === after) return '';
  const lines = compareLines(splitLines(before), splitLines(after));
  const hunks: string[] = [];
  let at = 0;
  let [oldLine, newLine] = [1, 1];
  while (at < lines.length) {
    let first = at;
    while (lines[first]?.mark === ' ') first++;
    if (first === lines.length) break;
    const start = Math.max(at, first - CONTEXT);
    for (const { mark } of lines.slice(at, start)) if (mark === ' ') [oldLine, newLine] = [oldLine + 1, newLine + 1];
    let end = first;
    for (let same = 0; end < lines.length && same <= CONTEXT * 2; end++) same = lines[end]!.mark === ' ' ? same + 1 : 0;
    while (end > first && lines[end - 1]!.mark === ' ' && trailing(lines, end) > CONTEXT) end--;
    const hunk = lines.slice(start, end);
    const olds = hunk.filter(({ mark }) => mark !== '+').length;
    const news = hunk.filter(({ mark }) => mark !== '-').length;
    const from = (line: number, size: number): string => `${size === 0 ? line - 1 : line},${size}`;
    hunks.push(`@@ -${from(oldLine, olds)} +${from(newLine, news)} @@\n`);
    for (const { mark, text } of hunk)
      hunks.push(`${mark}${text}${text.endsWith('\n') ? '' : '\n\\ No newline at end of file\n'}`);
    [oldLine, newLine] = [oldLine + olds, newLine + news];
    at = end;
  }
  return `--- a/${file}\n+++ b/${file}\n${hunks.join('')}`;
}

/** How many unchanged lines stand right before a place. */
function trailing(lines: readonly Line[], end: number): number {
  let count = 0;
  while (count < end && lines[end - 1 - count]!.mark === ' ') count++;
  return count;
}

function compareLines(before: readonly string[], after: readonly string[]): Line[] {
  const lines: Line[] = [];
  let [left, right] = [0, 0];
  while (left < before.length || right < after.length) {
    if (left < before.length && before[left] === after[right]) {
      lines.push({ mark: ' ', text: before[left]! });
      [left, right] = [left + 1, right + 1];
      continue;
    }
    const [skipLeft, skipRight] = nearestMatch(before, left, after, right);
    for (const text of before.slice(left, left + skipLeft)) lines.push({ mark: '-', text });
    for (const text of after.slice(right, right + skipRight)) lines.push({ mark: '+', text });
    [left, right] = [left + skipLeft, right + skipRight];
  }
  return lines;
}

/** How many lines to leave on each side, fewest in all, before both go on with the same line. */
function nearestMatch(
  before: readonly string[],
  left: number,
  after: readonly string[],
  right: number,
): readonly [number, number] {
  const rest = [before.length - left, after.length - right] as const;
  for (let skipped = 1; skipped < rest[0] + rest[1]; skipped++)
    for (let fromLeft = Math.max(0, skipped - rest[1]); fromLeft <= Math.min(skipped, rest[0]); fromLeft++) {
      const fromRight = skipped - fromLeft;
      if (left + fromLeft < before.length && before[left + fromLeft] === after[right + fromRight])
        return [fromLeft, fromRight];
    }
  return rest;
}

/** Lines with their ends: a changed line end is a change. */
function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
