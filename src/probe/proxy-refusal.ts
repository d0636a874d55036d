/** Statuses by which a proxy says no for good: 407 to who is not signed in to it, 403 to who may not go there (RFC 9110). */
const FOR_GOOD = [403, 407];
const CODE = 'ERR_PROXY_REFUSES';

const CURES: Readonly<Record<'missing' | 'wrong', string>> = {
  missing: 'It was given no user and password',
  wrong: 'It does not take the user and password that it was given',
};
const HOW =
  'on a terminal they stand in HTTPS_PROXY (http://user:password@host:port), in a pipeline by --proxyusername and --proxypassword when the agent is configured';

/** Pure: is this status a no that asking again does not change? */
export function isRefusedForGood(status: number | undefined): status is number {
  return status !== undefined && FOR_GOOD.includes(status);
}

/**
 * Why a proxy has opened no way, in words with the cure. Nothing was sent to the server behind it.
 * @param proxy host and port of the proxy, without its password
 * @param place host and port of the server
 */
export function proxyRefusal(proxy: string, place: string, status: number, login: 'given' | 'none'): Error {
  const cure = CURES[login === 'given' ? 'wrong' : 'missing'];
  const words =
    status === 407
      ? `the proxy ${proxy} wants to know who asks, and answered 407 to ${place}. ${cure}: ${HOW}`
      : `the proxy ${proxy} answered ${status} to ${place}: it lets nobody, or not us, go there. Have the host allowed, or reached past the proxy`;
  return Object.assign(new Error(words), { code: CODE });
}

/** True for what `proxyRefusal` has made, also where a library has wrapped it and kept its code. */
export function isProxyRefusal(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null)?.code === CODE;
}
