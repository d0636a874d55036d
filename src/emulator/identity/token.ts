import { randomBytes, randomUUID } from 'node:crypto';
import { ASSERTION_TYPE, assertionFault } from './client-assertion.ts';
import { armError } from '../server/errors.ts';
import { readText, type Exchange } from '../server/exchange.ts';
import { isObject } from '../json/json.ts';
import { isSigned, makeJwt, sameText } from './jwt.ts';
import { keyRoutes, signedToken } from './signing.ts';
import { json, Refusal, type Reply } from '../server/reply.ts';
import { route, type Route } from '../server/router.ts';
import type { World } from '../world/world.ts';

/** Audiences of Azure that the same handlers answer for. */
const AZURE_AUDIENCES = [
  'https://management.azure.com',
  'https://management.usgovcloudapi.net',
  'https://management.chinacloudapi.cn',
  'https://management.core.windows.net',
  'https://appservice.azure.com',
  'https://storage.azure.com',
  '499b84ac-1321-427f-aa17-267ca6975798',
];

/** Entra: client credentials with a secret or an assertion, and the documents by which clients find the endpoint. */
export function tokenRoutes(world: World): Route[] {
  const discovery = (tenant: string): Reply => json(200, openIdConfiguration(world, tenant));
  return [
    route('GET /:tenant/v2.0/.well-known/openid-configuration', (_, { tenant = '' }) => discovery(tenant)),
    route('GET /:tenant/.well-known/openid-configuration', (_, { tenant = '' }) => discovery(tenant)),
    ...keyRoutes(world),
    route('POST /:tenant/oauth2/v2.0/token', (exchange, { tenant = '' }) => issueToken(world, exchange, tenant)),
    route('POST /:tenant/oauth2/token', (exchange, { tenant = '' }) => issueToken(world, exchange, tenant)),
  ];
}

async function issueToken(world: World, exchange: Exchange, tenant: string): Promise<Reply> {
  const { tenantId, clientId, clientSecret, tokenSeconds } = world.settings;
  const form = new URLSearchParams(await readText(exchange));
  const client = form.get('client_id') ?? '';
  if (tenant.toLowerCase() !== tenantId.toLowerCase() && tenant !== 'adfs') {
    return entraError(
      world,
      400,
      'invalid_request',
      90002,
      `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
    );
  }
  const grant = form.get('grant_type');
  if (grant !== 'client_credentials') {
    return entraError(
      world,
      400,
      'unsupported_grant_type',
      70003,
      `The app requested an unsupported grant type '${grant ?? ''}'.`,
    );
  }
  if (client.toLowerCase() !== clientId.toLowerCase()) {
    return entraError(
      world,
      400,
      'unauthorized_client',
      700016,
      `Application with identifier '${client}' was not found in the directory 'Emulator'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
    );
  }
  const secret = form.get('client_secret');
  const assertion = form.get('client_assertion_type') === ASSERTION_TYPE ? form.get('client_assertion') : null;
  if (assertion !== null) {
    const fault = assertionFault(world, assertion);
    if (fault !== undefined) return entraError(world, 401, 'invalid_client', fault.number, fault.message);
  } else if (secret === null) {
    return entraError(
      world,
      401,
      'invalid_client',
      7000216,
      "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
    );
  }
  if (assertion === null && !sameText(secret ?? '', clientSecret)) {
    return entraError(
      world,
      401,
      'invalid_client',
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
    );
  }
  const resource = form.get('resource') ?? (form.get('scope') ?? '').split(' ')[0]?.replace(/\/?\.default$/, '') ?? '';
  if (!isKnownAudience(world, resource)) {
    return entraError(
      world,
      400,
      'invalid_resource',
      500011,
      `The resource principal named ${resource} was not found in the tenant named Emulator. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.`,
    );
  }
  return json(200, {
    token_type: 'Bearer',
    expires_in: tokenSeconds,
    ext_expires_in: tokenSeconds,
    access_token: makeToken(world, resource),
  });
}

/** Refuses a request of ARM or Kudu whose bearer token is missing, made elsewhere, or expired. */
export function requireBearer(world: World, exchange: Exchange): void {
  const [scheme = '', token = ''] = (exchange.headers.authorization ?? '').split(' ');
  if (scheme.toLowerCase() !== 'bearer' || token === '') {
    throw unauthorised(world, 'AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.");
  }
  const claims = readToken(world, token);
  if (claims === undefined) {
    throw unauthorised(world, 'InvalidAuthenticationToken', 'The access token is invalid.');
  }
  if (claims.exp * 1000 <= world.now().getTime()) {
    const expiry = new Date(claims.exp * 1000).toUTCString();
    throw unauthorised(
      world,
      'ExpiredAuthenticationToken',
      `The access token expiry UTC time '${expiry}' is earlier than current UTC time '${world.now().toUTCString()}'.`,
    );
  }
}

function unauthorised(world: World, code: string, message: string): Refusal {
  const authority = `${world.url}/${world.settings.tenantId}`;
  return new Refusal(
    armError(401, code, message, {
      'www-authenticate': `Bearer authorization_uri="${authority}", error="invalid_token", error_description="${message}"`,
    }),
  );
}

/** A token of the client for one of Azure's audiences, as the token endpoint gives it. */
export function makeToken(world: World, audience: string): string {
  const { tenantId, clientId, tokenSeconds } = world.settings;
  const now = Math.floor(world.now().getTime() / 1000);
  const claims = {
    aud: audience,
    // The issuer of version 1.0 tokens, which these services take, whoever the authority is; Azurite looks at it.
    iss: `https://sts.windows.net/${tenantId}/`,
    iat: now,
    nbf: now,
    exp: now + tokenSeconds,
    appid: clientId,
    appidacr: '1',
    idtyp: 'app',
    oid: clientId,
    sub: clientId,
    tid: tenantId,
    uti: randomBytes(8).toString('hex'),
    ver: '1.0',
  };
  return world.settings.audiences.includes(audience) ? signedToken(world, claims) : makeJwt(world, claims);
}

function readToken(world: World, token: string): { exp: number } | undefined {
  if (!isSigned(world, token)) return undefined;
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return isObject(claims) && typeof claims['exp'] === 'number' ? { exp: claims['exp'] } : undefined;
}

function isKnownAudience(world: World, resource: string): boolean {
  const plain = resource.replace(/\/+$/, '').toLowerCase();
  return (
    [world.url, `https://localhost:${world.port}`].includes(plain) ||
    [...AZURE_AUDIENCES, ...world.settings.audiences].includes(plain)
  );
}

function entraError(world: World, status: number, error: string, number: number, message: string): Reply {
  const trace = randomUUID();
  const correlation = randomUUID();
  const timestamp = `${new Date().toISOString().slice(0, 19).replace('T', ' ')}Z`;
  return json(status, {
    error,
    error_description: `AADSTS${number}: ${message} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
    error_codes: [number],
    timestamp,
    trace_id: trace,
    correlation_id: correlation,
    error_uri: `${world.url}/error?code=${number}`,
  });
}

function openIdConfiguration(world: World, tenant: string): Record<string, unknown> {
  const authority = `${world.url}/${tenant}`;
  return {
    token_endpoint: `${authority}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
    jwks_uri: `${authority}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'token'],
    scopes_supported: ['openid'],
    issuer: `${authority}/v2.0`,
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${authority}/oauth2/v2.0/devicecode`,
    end_session_endpoint: `${authority}/oauth2/v2.0/logout`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'tid'],
    tenant_region_scope: null,
  };
}
