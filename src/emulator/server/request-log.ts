/** Enough for every test and demonstration; the oldest go first when a long run exceeds it. */
const LONGEST_LOG = 20_000;

/** One request to the main endpoint and what became of it. */
export interface RecordedRequest {
  readonly at: string;
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly query: string;
  /** `reset`: the connection ended before the answer was complete, by a fault or by the client; `open`: no answer yet. */
  readonly status: number | 'reset' | 'open';
  /** Id of the fault rule that touched it. */
  readonly fault?: string;
  /** Number of the TCP connection that it came on, from 1. */
  readonly connection: number;
}

export interface RequestFilter {
  readonly method?: string;
  readonly path?: RegExp;
}

export type OpenRequest = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] };

export class RequestLog {
  #entries: OpenRequest[] = [];

  open(request: Omit<RecordedRequest, 'status'>): OpenRequest {
    const entry: OpenRequest = { ...request, status: 'open' };
    if (this.#entries.length >= LONGEST_LOG) this.#entries.shift();
    this.#entries.push(entry);
    return entry;
  }

  find({ method, path }: RequestFilter = {}): RecordedRequest[] {
    return this.#entries
      .filter((one) => (method === undefined || one.method === method) && (path === undefined || path.test(one.path)))
      .map((one) => ({ ...one }));
  }
}
