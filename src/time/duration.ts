/** A duration as people write it: one number and one unit, `200ms`, `5s`, `10m`, `1.5h`. */
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Seven days: the longest wait any setting may ask for. */
export const LONGEST_DURATION_MS = 7 * 24 * UNIT_MS['h']!;

/**
 * Reads `200ms`, `5s`, `10m` or `1h` as milliseconds.
 * @returns whole milliseconds, or `undefined` when the text is no duration or longer than seven days
 */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text.trim());
  if (match === null) return undefined;
  const ms = Math.round(Number(match[1]) * (UNIT_MS[match[2]!] ?? Number.NaN));
  return ms <= LONGEST_DURATION_MS ? ms : undefined;
}

/** Milliseconds as a short text for people: `340ms`, `2.4s`, `1m05s`, `2h00m`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(1))}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, '0')}m`;
}
