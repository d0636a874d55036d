import type { IRequestHandler, IRequestOptions } from 'azure-devops-node-api/interfaces/common/VsoBaseInterfaces.js';
import { isRefusedForGood, proxyRefusal } from '../probe/proxy-refusal.ts';
import type { Clock } from '../time/clock.ts';
import { jobToken } from './job-token.ts';

/** The server, and who asks it. */
export interface Server {
  readonly collectionUrl: string;
  /** The job's own token; nothing else is needed. */
  readonly token: string;
  readonly http?: IRequestOptions;
}

/** What our clients call themselves. */
export const USER_AGENT = 'safe-rollout';

/** What every client of the library is made of, beside the address. */
export function clientParts({ collectionUrl, token, http }: Server): [IRequestHandler[], IRequestOptions] {
  return [[jobToken(token, collectionUrl)], { socketTimeout: 30_000, keepAlive: true, ...http }];
}

/** Waits between tries: what passes by itself (429, 5xx, lost connections) passes within seconds, or it does not. */
export const PAUSES_MS = [500, 2000, 5000];

/** Tries again what may pass by itself. @throws what the last try threw */
export async function persistently<T>(clock: Clock, attempt: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await attempt();
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    await clock.sleep(pause);
  }
  return await attempt();
}

/** No status at all is a connection that was lost, or an answer that was no JSON. */
export function isPassing(error: unknown): boolean {
  if (isRefusedForGood(proxyStatus(error))) return false;
  const status = (error as { statusCode?: number } | null)?.statusCode;
  return status === undefined || status === 408 || status === 429 || status >= 500;
}

/** How the library's way through a proxy says that the proxy opened none (measured). */
const NO_WAY = /tunneling socket could not be established, statusCode=(\d{3})/;

function proxyStatus(error: unknown): number | undefined {
  const [, status] = NO_WAY.exec(error instanceof Error ? error.message : '') ?? [];
  return status === undefined ? undefined : Number(status);
}

/** A proxy's definite no, where it was that; in words that say what to do. */
export function refusedByProxy(error: unknown, { collectionUrl, http }: Server): Error | undefined {
  const status = proxyStatus(error);
  const { proxyUrl, proxyUsername } = http?.proxy ?? {};
  if (!isRefusedForGood(status) || proxyUrl === undefined) return undefined;
  const [proxy, server] = [new URL(proxyUrl).host, new URL(collectionUrl).host];
  return proxyRefusal(proxy, server, status, proxyUsername ? 'given' : 'none');
}
