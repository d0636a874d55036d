import { createHash } from 'node:crypto';
import type { Finding } from './finding.ts';

/**
 * A name for each finding by which later runs know it again: made of rule, file, services and what is wrong, never of
 * a line or column, so that moved lines and another layout change nothing. Findings that only their place tells apart
 * are numbered in the order they are given in.
 * @param nameOf what a file is called in the fingerprint: its path from a folder that stays the same
 */
export function fingerprints(
  findings: readonly Finding[],
  nameOf: (file: string) => string = (file) => file,
): readonly string[] {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const { rule, services } = finding;
    const what = withoutPlaces(finding.identity ?? finding.message);
    const identity = JSON.stringify([rule, slashes(nameOf(finding.file)), services, what]);
    const before = seen.get(identity) ?? 0;
    seen.set(identity, before + 1);
    const hash = createHash('sha256').update(identity);
    if (before > 0) hash.update(`\n${before}`);
    return hash.digest('hex').slice(0, 32);
  });
}

/** A text without the line numbers in it, on one line: what a baseline shows and a fingerprint is made of. */
export function withoutPlaces(text: string): string {
  return text
    .replace(/\b(lines?) \d+(?:(?:, | and | to )\d+)*/gi, '$1')
    .replace(/(\.ya?ml):\d+(?::\d+)?/gi, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

function slashes(path: string): string {
  return path.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');
}
