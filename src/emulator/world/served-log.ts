import type { ServerResponse } from 'node:http';

const LONGEST_LOG = 20_000;

/** One request at a site's own host and the content that answered it. */
export interface ServedRequest {
  readonly at: string;
  /** The site or the container app. */
  readonly site: string;
  /** The slot whose host was asked; of a container app `app`, the name of a revision, or a label. */
  readonly host: string;
  /** The slot, or the revision, that the traffic split chose. */
  readonly slot: string;
  readonly path: string;
  readonly status: number | 'reset';
  /** `deploymentId` of the content: the id that moves with a swap. The name of the revision in a container app. */
  readonly contentId: string;
  /** The active deployment in that content, null for an empty slot; the image of a revision. */
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

  /** Enters the request when its answer is complete or broken off; until then `entry` may still change. */
  addWhenDone(response: ServerResponse, entry: Omit<ServedRequest, 'at' | 'status'>): void {
    let noted = false;
    const note = (status: number | 'reset'): void => {
      if (noted) return;
      noted = true;
      this.add({ at: new Date().toISOString(), ...entry, status });
    };
    response.once('finish', () => note(response.statusCode));
    response.once('close', () => note('reset'));
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
