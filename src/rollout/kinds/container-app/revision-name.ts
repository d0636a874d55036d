import { createHash } from 'node:crypto';
import type { Release } from '../../../journal/entry.ts';

/** App and suffix together, with the two hyphens between them (measured by users). */
const LONGEST_REVISION_NAME = 54;
/** `-` and six hex digits. */
const MARK = 7;

/** So that a letter, the mark and the two hyphens have room behind it. */
export const LONGEST_APP_NAME = LONGEST_REVISION_NAME - 2 - 1 - MARK;

/**
 * Pure: the suffix of the revision for a release in a run: readable, and never that of another run or another release. A
 * suffix that an inactive revision has is taken and silently not deployed again (public threads), so none is used twice.
 * @param what all that makes the revision what it is
 */
export function suffixOf(app: string, release: Release, run: string, what: unknown): string {
  const mark = createHash('sha256')
    .update(JSON.stringify([run, release, what]))
    .digest('hex')
    .slice(0, MARK - 1);
  const room = LONGEST_REVISION_NAME - app.length - 2 - MARK;
  const words = (release.version ?? release.digest?.slice(0, 12) ?? 'release')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  // It begins with a letter, ends with a letter or a digit, and has no two hyphens in a row.
  const text = (/^[a-z]/.test(words) ? words : `v${words}`).slice(0, Math.max(1, room)).replace(/-+$/, '');
  return `${text}-${mark}`;
}

export function revisionName(app: string, suffix: string): string {
  return `${app}--${suffix}`;
}
