import { createHash, verify, X509Certificate } from 'node:crypto';
import { isObject } from '../json/json.ts';
import { isSigned, makeJwt } from './jwt.ts';
import type { World } from '../world/world.ts';

/** What Entra says of an assertion that it does not take; undefined when it does. */
export interface AssertionFault {
  readonly number: number;
  readonly message: string;
}

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** Documented: the audience of a token that is exchanged. */
const EXCHANGE_AUDIENCE = 'api://AzureADTokenExchange';
const ISSUER = 'https://vstoken.dev.azure.com/00000000-0000-0000-0000-00000000c0de';
const MINUTES = 60;

/** The token of Azure DevOps for one service connection (documented: `sc://organization/project/connection`). */
export function federatedToken(world: World, project: string, connection: string): string {
  const now = Math.floor(world.now().getTime() / 1000);
  return makeJwt(world, {
    aud: EXCHANGE_AUDIENCE,
    iss: ISSUER,
    sub: subjectOf(project, connection),
    iat: now,
    nbf: now,
    exp: now + 10 * MINUTES,
  });
}

function subjectOf(project: string, connection: string): string {
  return `sc://contoso/${project}/${connection}`;
}

/** Looks at a client assertion: one of Azure DevOps, or one that the client's certificate has signed. */
export function assertionFault(world: World, assertion: string): AssertionFault | undefined {
  const [header = '', payload = '', signature = ''] = assertion.split('.');
  const claims = decode(payload);
  if (claims === undefined || signature === '') return { number: 50027, message: 'JWT token is invalid or malformed.' };
  if (claims['aud'] === EXCHANGE_AUDIENCE) {
    if (!isSigned(world, assertion)) return { number: 700211, message: 'No matching federated identity record found.' };
    const subject = String(claims['sub']);
    const { trustedConnections } = world.settings;
    const trusted = trustedConnections === null || trustedConnections.some((one) => subject.endsWith(`/${one}`));
    if (!trusted)
      return {
        number: 70021,
        message: `No matching federated identity record found for presented assertion. Assertion Issuer: '${ISSUER}'. Assertion Subject: '${subject}'. Assertion Audience: '${EXCHANGE_AUDIENCE}'.`,
      };
  } else {
    const fault = certificateFault(world, header, `${header}.${payload}`, signature);
    if (fault !== undefined) return fault;
  }
  return Number(claims['exp']) * 1000 > world.now().getTime()
    ? undefined
    : { number: 700024, message: 'Client assertion is not within its valid time range.' };
}

function certificateFault(world: World, header: string, signed: string, signature: string): AssertionFault | undefined {
  const { clientCertificate } = world.settings;
  const head = decode(header) ?? {};
  const unknown = { number: 700027, message: 'The certificate used to sign the client assertion is not registered.' };
  if (clientCertificate === null) return unknown;
  const certificate = new X509Certificate(clientCertificate);
  const prints = ['sha1', 'sha256'].map((name) => createHash(name).update(certificate.raw).digest('base64url'));
  const named = [head['x5t'], head['x5t#S256']].some((one) => typeof one === 'string' && prints.includes(one));
  const padding = head['alg'] === 'PS256' ? { padding: 6, saltLength: 32 } : {};
  const key = { key: certificate.publicKey, ...padding };
  return named && verify('sha256', Buffer.from(signed), key, Buffer.from(signature, 'base64url')) ? undefined : unknown;
}

function decode(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
