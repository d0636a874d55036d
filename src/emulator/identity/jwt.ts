import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { World } from '../world/world.ts';

/** A JWT as clients decode it. Signed with a key of this start alone, so that a token of another start is refused. */
export function makeJwt(world: World, claims: Readonly<Record<string, unknown>>): string {
  const unsigned = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode(claims)}`;
  return `${unsigned}.${sign(world, unsigned)}`;
}

/** True for what `makeJwt` of this start has made. */
export function isSigned(world: World, token: string): boolean {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return sameText(sign(world, `${header}.${payload}`), signature);
}

/** Compares in a time that does not depend on where they differ. */
export function sameText(left: string, right: string): boolean {
  const digest = (value: string): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(left), digest(right));
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function sign(world: World, text: string): string {
  return createHmac('sha256', world.signingKey).update(text).digest('base64url');
}
