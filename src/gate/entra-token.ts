import { verify, type KeyObject } from 'node:crypto';

/** Whose tokens of Entra are taken. */
export interface EntraTrust {
  readonly tenant: string;
  /** The same tenant names itself by other addresses in tokens of either version. */
  readonly issuers: readonly string[];
  /** Who the token must be made out to: this service, as its registration calls it. */
  readonly audiences: readonly string[];
  /** Ids of the applications that may ask. */
  readonly apps: readonly string[];
}

/** The public keys of the tenant. */
export interface SigningKeys {
  /** @returns undefined when the tenant has no such key. @throws Error when the keys cannot be read */
  find(id: string): Promise<KeyObject | undefined>;
}

/** Clocks differ. Entra's own libraries allow five minutes. */
const SKEW_MS = 2 * 60_000;
/** With groups and roles in it a real one has a few thousand. */
const LONGEST_TOKEN = 12_000;
const PART = /^[\w-]+$/;

/**
 * Pure: the issuers of a tenant, by version 1.0 and 2.0 of its tokens (documented). China has its own for both; elsewhere the
 * first is the same in all clouds.
 * @param authority where the tenant signs in, such as `https://login.microsoftonline.com`
 */
export function issuersOf(authority: string, tenant: string): readonly string[] {
  const ofChina = /\.chinacloudapi\.cn$|\.microsoftonline\.cn$/.test(new URL(authority).hostname);
  const first = ofChina ? 'https://sts.chinacloudapi.cn' : 'https://sts.windows.net';
  const second = ofChina ? 'https://login.partner.microsoftonline.cn' : authority.replace(/\/+$/, '');
  return [`${first}/${tenant}/`, `${second}/${tenant}/v2.0`];
}

/** Pure: has a text the form of a token? A shared secret may come as a bearer, too. */
export function isToken(text: string): boolean {
  const parts = text.split('.');
  return text.length <= LONGEST_TOKEN && parts.length === 3 && parts.every((part) => PART.test(part));
}

/**
 * Judges an access token of an application. Everything that costs nothing is asked first, so that who has no token at all
 * cannot have keys fetched.
 * @param now milliseconds since the epoch
 * @returns why it is not taken, without the token; undefined when it is
 * @throws Error when the keys cannot be read: then nothing is known
 */
export async function whyNotTaken(
  token: string,
  trust: EntraTrust,
  keys: SigningKeys,
  now: number,
): Promise<string | undefined> {
  if (!isToken(token)) return 'it has not the form of a token';
  const [first = '', second = '', third = ''] = token.split('.');
  const [header, claims] = [objectOf(first), objectOf(second)];
  if (header === undefined || claims === undefined) return 'it has not the form of a token';
  // Never what the token itself wants to be verified by (RFC 8725 section 3.1).
  if (header['alg'] !== 'RS256') return 'it is not signed as Entra signs (RS256)';
  if ('crit' in header) return 'it wants to be understood in a way that is not known here';
  const wrong = whyNotClaims(claims, trust, now);
  if (wrong !== undefined) return wrong;
  const id = header['kid'];
  const key = typeof id === 'string' && id !== '' && id.length <= 200 ? await keys.find(id) : undefined;
  if (key === undefined) return 'it is signed with a key that the tenant does not have';
  const signed = verify('sha256', Buffer.from(`${first}.${second}`), key, Buffer.from(third, 'base64url'));
  return signed ? undefined : 'its signature is wrong';
}

function whyNotClaims(claims: Readonly<Record<string, unknown>>, trust: EntraTrust, now: number): string | undefined {
  const { iss, tid, aud, exp, nbf, scp } = claims;
  if (!trust.issuers.some((one) => one === iss)) return `its issuer is ${shown(iss)}, which is not the tenant`;
  if (!isSame(tid, trust.tenant)) return `its tenant is ${shown(tid)}`;
  if (!trust.audiences.some((one) => one === aud))
    return `it is made out to ${shown(aud)}, which is none of --entra-audiences`;
  if (typeof exp !== 'number' || exp * 1000 + SKEW_MS <= now) return 'it has ended, or does not say when it ends';
  if (nbf !== undefined && (typeof nbf !== 'number' || nbf * 1000 - SKEW_MS > now)) return 'it has not begun yet';
  // What a person may do through an application is not what the application may do.
  if (scp !== undefined) return 'it speaks for a person, not for an application';
  const app = claims['appid'] ?? claims['azp'];
  if (!trust.apps.some((one) => isSame(app, one)))
    return `its application is ${shown(app)}, which is none of --entra-apps`;
  return undefined;
}

/** Ids have no letter case. */
function isSame(value: unknown, id: string): boolean {
  return typeof value === 'string' && value.toLowerCase() === id.toLowerCase();
}

/** Of a token that nobody has proven: short, and without what a log would take for its own. */
function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value.replace(/[^\w:/.-]/g, '?').slice(0, 80)}'` : 'not told';
}

function objectOf(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
