const LONGEST_LOG = 20_000;

/** One request at a site's own host and the content that answered it. */
export interface ServedRequest {
  readonly at: string;
  readonly site: string;
  /** The slot whose host was asked. */
  readonly host: string;
  /** The slot that the traffic split chose. */
  readonly slot: string;
  readonly path: string;
  readonly status: number | 'reset';
  /** `deploymentId` of the content: the id that moves with a swap. */
  readonly contentId: string;
  /** The active deployment in that content; null for an empty slot. */
  readonly deployment: string | null;
  /** `version` in the package.json of what is deployed. */
  readonly release: string | null;
}

export interface ServedFilter {
  readonly site?: string;
  readonly host?: string;
  readonly slot?: string;
}

/** So that a test can state which release has ever answered a production request. */
export class ServedLog {
  #entries: ServedRequest[] = [];

  add(entry: ServedRequest): void {
    if (this.#entries.length >= LONGEST_LOG) this.#entries.shift();
    this.#entries.push(entry);
  }

  find({ site, host, slot }: ServedFilter = {}): ServedRequest[] {
    return this.#entries.filter(
      (one) =>
        (site === undefined || one.site === site) &&
        (host === undefined || one.host === host) &&
        (slot === undefined || one.slot === slot),
    );
  }
}
