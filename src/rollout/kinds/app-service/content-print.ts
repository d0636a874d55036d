import type { ContentPrint, SlotPair } from '../../../journal/slots.ts';
import type { Movement } from '../../way/standing.ts';

const PARTS = ['deploymentId', 'activeDeployment', 'image'] as const;

/** Three answers, because a print may lack the part that would tell. */
export type Comparison = 'same' | 'different' | 'unknown';

/**
 * Does one slot still hold what it held? One known part that differs is enough for `different`; `same` needs a known
 * part and no difference. For the same slot at two moments only.
 */
export function comparePrints(a: ContentPrint, b: ContentPrint): Comparison {
  let known = false;
  for (const part of PARTS) {
    if (a[part] === null || b[part] === null) continue;
    if (a[part] !== b[part]) return 'different';
    known = true;
  }
  return known ? 'same' : 'unknown';
}

/**
 * Pure: where the contents of two slots are now, compared with `before`. Judged by the first part that is known on all
 * four prints, `deploymentId` first: recorded traffic proves for it alone that it moves with a swap.
 */
export function movement(before: SlotPair, now: SlotPair): Movement {
  const part = PARTS.find((name) =>
    [before.source, before.target, now.source, now.target].every((print) => print[name] !== null),
  );
  if (part === undefined) return 'unreadable';
  const [oldSource, oldTarget] = [before.source[part], before.target[part]];
  const [source, target] = [now.source[part], now.target[part]];
  if (oldSource === oldTarget) return 'unreadable';
  if (source === oldSource && target === oldTarget) return 'unmoved';
  if (source === oldTarget && target === oldSource) return 'moved';
  const known = [oldSource, oldTarget];
  return known.includes(source) && known.includes(target) ? 'half' : 'foreign';
}

/** Was there a swap between two readings? By the server's own time of its last swap, never by the agent's clock. */
export function swappedSince(before: string | null, now: string | null): boolean {
  if (now === null) return false;
  if (before === null) return true;
  return Date.parse(now) > Date.parse(before);
}

/** A print for people: the shortest parts that tell two apart. */
export function printContent(print: ContentPrint): string {
  const parts = PARTS.map((part) => print[part]).filter((value) => value !== null);
  return parts.length === 0 ? 'unreadable' : parts.map((part) => part.slice(0, 40)).join(' / ');
}
