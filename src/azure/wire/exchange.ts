import { isProxyRefusal } from '../../probe/proxy-refusal.ts';
import { isUntrusted } from '../../probe/untrusted.ts';
import { formatDuration } from '../../time/duration.ts';

/**
 * What came of one request. `not-sent`: nothing reached Azure. Either there is no token, since the sign-in host said no
 * (`refused`) or could not be asked (`silent`), or a certificate was not trusted (`untrusted`), or a proxy let nobody there
 * (`proxy`): to the sign-in host or to Azure itself.
 * `lost`: sent, perhaps arrived, no answer.
 */
export type Exchange =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: unknown;
    }
  | { readonly kind: 'not-sent'; readonly reason: string; readonly why: 'refused' | 'silent' | 'untrusted' | 'proxy' }
  | { readonly kind: 'lost'; readonly reason: string };

/** `Retry-After` in milliseconds, from seconds or an HTTP date, bounded by an hour. */
export function retryAfterOf(exchange: Exchange): number | undefined {
  if (exchange.kind !== 'answered') return undefined;
  const value = exchange.headers['retry-after'];
  if (value === undefined) return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.parse(exchange.headers['date'] ?? '');
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), 3_600_000) : undefined;
}

/** How the sign-in library says that it had no answer, as against a refusal (read in its source). */
const UNREACHABLE_SIGN_IN =
  /network_error|endpoints_resolution_error|\b(ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH)\b/;

/**
 * Errors of the token request and of the handshake come before anything was sent; everything else leaves open whether it
 * arrived.
 */
export function failedExchange(error: unknown, timedOut: boolean, exchangeMs: number): Exchange {
  const { name, message, code } = error as { name?: string; message?: string; code?: string };
  if (isUntrusted(error)) return { kind: 'not-sent', reason: firstLine(message ?? ''), why: 'untrusted' };
  if (isProxyRefusal(error)) return { kind: 'not-sent', reason: firstLine(message ?? ''), why: 'proxy' };
  if (/^(Authentication|AggregateAuthentication|CredentialUnavailable)/.test(name ?? ''))
    return {
      kind: 'not-sent',
      reason: firstLine(message ?? 'no token'),
      why: UNREACHABLE_SIGN_IN.test(message ?? '') ? 'silent' : 'refused',
    };
  if (timedOut) return { kind: 'lost', reason: `no answer within ${formatDuration(exchangeMs)}` };
  return {
    kind: 'lost',
    reason: firstLine(code === undefined ? (message ?? String(error)) : `${code}: ${message ?? ''}`),
  };
}

function firstLine(text: string): string {
  return (text.split(/[\r\n]/, 1)[0] ?? '').slice(0, 500);
}
