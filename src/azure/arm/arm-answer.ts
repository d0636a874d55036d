import type { Exchange } from '../wire/exchange.ts';

/** Longest text of the service that is repeated to people. */
const LONGEST_MESSAGE = 600;

/**
 * The service's own words. Two shapes are in use: Microsoft.Web answers `{Code, Message}`, the front door of the
 * resource manager `{error: {code, message}}` (both from public issues).
 */
export function armMessage(exchange: Exchange): string {
  if (exchange.kind === 'not-sent' && exchange.why === 'silent')
    return `no token: the sign-in host gave no answer (${exchange.reason}). Check its address, and that this machine reaches it, by a proxy where it needs one`;
  if (exchange.kind !== 'answered') return exchange.reason;
  const { status, body } = exchange;
  const { code, message } = refusalOf(body);
  if (message !== '') return `${status}${code === undefined ? '' : ` ${code}`}: ${message}`.slice(0, LONGEST_MESSAGE);
  const text = typeof body === 'string' ? body.replace(/\s+/g, ' ').trim() : '';
  return text === '' ? `status ${status}` : `status ${status}: ${text}`.slice(0, LONGEST_MESSAGE);
}

/** Code and message of an error of either shape, as far as there are any. */
export function refusalOf(body: unknown): { readonly code: string | undefined; readonly message: string } {
  const inner = property(body, 'error') ?? body;
  const code = property(inner, 'code') ?? property(inner, 'Code');
  const message = property(inner, 'message') ?? property(inner, 'Message');
  return {
    code: typeof code === 'string' ? code : undefined,
    message: typeof message === 'string' ? message : '',
  };
}

/** One property of whatever was parsed, or undefined. */
export function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** A text property, or null: `null` and absent mean the same to us. */
export function textOf(value: unknown, name: string): string | null {
  const found = property(value, name);
  return typeof found === 'string' && found !== '' ? found : null;
}
