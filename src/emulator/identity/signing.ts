import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { json } from '../server/reply.ts';
import { route, type Route } from '../server/router.ts';
import type { World } from '../world/world.ts';

interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly jwk: Readonly<Record<string, unknown>>;
}

/** Made when it is first needed: a key of this kind takes some tenths of a second. */
const keys = new WeakMap<World, SigningKey>();

function keyOf(world: World): SigningKey {
  const known = keys.get(world);
  if (known !== undefined) return known;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { n, e } = publicKey.export({ format: 'jwk' });
  const id = createHash('sha1').update(String(n)).digest('base64url');
  const made = { id, privateKey, jwk: { kty: 'RSA', use: 'sig', kid: id, x5t: id, n, e } };
  keys.set(world, made);
  return made;
}

/** A token as Entra signs those that others than its own services are to verify (documented: RS256, by a published key). */
export function signedToken(world: World, claims: Readonly<Record<string, unknown>>): string {
  const { id, privateKey } = keyOf(world);
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = `${encode({ typ: 'JWT', alg: 'RS256', kid: id, x5t: id })}.${encode(claims)}`;
  return `${unsigned}.${sign('sha256', Buffer.from(unsigned), privateKey).toString('base64url')}`;
}

/** The keys of the tenant, where its OpenID configuration says that they are. */
export function keyRoutes(world: World): Route[] {
  return [route('GET /:tenant/discovery/v2.0/keys', () => json(200, { keys: [keyOf(world).jwk] }))];
}
