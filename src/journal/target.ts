/**
 * What is in place at one moment, as the kind of target tells it; each kind adds its own parts (`slots.ts`, `traffic.ts`).
 * Plain data: it is written to the journal and compared with what is found later.
 */
export interface Prints {
  readonly kind: string;
  /** The server's own time of the last change of this sort, where the kind has one and it was told. */
  readonly swapStamp?: string | null;
}

/** Where a service runs. Every kind names the resource that is changed and locked; what else it needs is its own. */
export interface Target {
  /** The kind of target, as the graph file spells it: `appService`, `containerApp` ... */
  readonly kind: string;
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly app: string;
}
