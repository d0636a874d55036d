/**
 * What has become of a target since a look before a request: `unmoved`, `moved` (the two sides are exchanged), `half` (one
 * side shows it and the other not yet), `foreign` (something that was on neither side), `unreadable`.
 */
export type Movement = 'unmoved' | 'moved' | 'half' | 'foreign' | 'unreadable';

export interface Standing {
  readonly movement: Movement;
  /** Whether the server has made such a change since, by its own time; null for a kind that has no such time. */
  readonly newer: boolean | null;
  /** The server's time of the last such change, where it tells. */
  readonly at: string | null;
  /** An operation that is changing the target right now, or null. */
  readonly busy: string | null;
  /** The movement in words, for what is neither moved nor unmoved. */
  readonly what: string;
}
