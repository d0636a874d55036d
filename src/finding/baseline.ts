import type { Finding } from './finding.ts';
import { withoutPlaces } from './fingerprint.ts';

/** A finding that was accepted as it stood when the baseline was written. Only the fingerprint decides. */
export interface BaselineEntry {
  readonly fingerprint: string;
  /** For people who read the file and its history: */
  readonly rule: string;
  readonly file: string;
  readonly message: string;
}

export interface Baseline {
  readonly entries: readonly BaselineEntry[];
}

const VERSION = 1;

/** The text of a baseline file: sorted, without lines or times, so that it changes only when the findings do. */
export function writeBaseline(
  accepted: readonly { readonly finding: Finding; readonly fingerprint: string }[],
  nameOf: (file: string) => string,
): string {
  const findings = accepted
    .map(({ finding, fingerprint }) => ({
      rule: finding.rule,
      file: nameOf(finding.file),
      message: withoutPlaces(finding.message),
      fingerprint,
    }))
    .sort(
      (a, b) =>
        compare(a.file, b.file) ||
        compare(a.rule, b.rule) ||
        compare(a.message, b.message) ||
        compare(a.fingerprint, b.fingerprint),
    );
  return `${JSON.stringify({ version: VERSION, findings }, null, 2)}\n`;
}

/** Reads a baseline file. @returns the problem, in a sentence, when it is none */
export function readBaseline(text: string): Baseline | { readonly problem: string } {
  let document: unknown;
  try {
    document = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch {
    return { problem: 'is not JSON. Write it anew with --write-baseline.' };
  }
  if (!isRecord(document) || !Array.isArray(document['findings']))
    return { problem: 'is no baseline: it has no list of findings. Write it anew with --write-baseline.' };
  if (document['version'] !== VERSION)
    return { problem: `is a baseline of version ${JSON.stringify(document['version'])}; this reads ${VERSION}.` };
  const entries: BaselineEntry[] = [];
  for (const [at, one] of (document['findings'] as unknown[]).entries()) {
    const fingerprint = isRecord(one) ? one['fingerprint'] : undefined;
    if (!isRecord(one) || typeof fingerprint !== 'string' || !/^[0-9a-f]{32}$/.test(fingerprint))
      return { problem: `findings[${at}] has no fingerprint of 32 hexadecimal digits.` };
    entries.push({
      fingerprint,
      rule: textOf(one['rule']),
      file: textOf(one['file']),
      message: textOf(one['message']),
    });
  }
  return { entries };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
