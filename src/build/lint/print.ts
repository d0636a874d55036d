import type { ManifestFinding } from './finding.ts';

export function printFindings(findings: readonly ManifestFinding[]): string {
  return findings.map(({ file, at, message }) => `${file}${at === '' ? '' : `: ${at}`} ${message}`).join('\n');
}
