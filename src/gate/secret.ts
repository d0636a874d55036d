import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** As hard to guess as a key of 128 bits, however it is written. */
export const SHORTEST_SECRET = 32;

/**
 * Pure: is what was shown one of the secrets? Takes the same time wherever they differ: digests are compared, of the same
 * length whatever was shown, and all of them always.
 */
export function isSecret(shown: string, secrets: readonly string[]): boolean {
  const own = digest(shown);
  let found = false;
  for (const secret of secrets) found = timingSafeEqual(own, digest(secret)) || found;
  return found;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const CIPHER = 'aes-256-gcm';
const INFO = 'safe-rollout/gate/token-of-an-evaluation';

/**
 * Closes a text with a key that comes from the secret (HKDF-SHA256, a salt of its own each time) by AES-256-GCM. Bound to a
 * name: under another one it does not open.
 */
export function seal(text: string, secret: string, name: string): string {
  const [salt, iv] = [randomBytes(16), randomBytes(12)];
  const cipher = createCipheriv(CIPHER, keyOf(secret, salt), iv).setAAD(Buffer.from(name));
  const closed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return [salt, iv, cipher.getAuthTag(), closed].map((part) => part.toString('base64url')).join('.');
}

/** @returns undefined when none of the secrets opens it, or somebody has changed it */
export function open(sealed: string, secrets: readonly string[], name: string): string | undefined {
  const [salt, iv, tag, closed, ...rest] = sealed.split('.').map((part) => Buffer.from(part, 'base64url'));
  if (salt === undefined || iv?.length !== 12 || tag?.length !== 16 || closed === undefined || rest.length > 0)
    return undefined;
  for (const secret of secrets)
    try {
      const decipher = createDecipheriv(CIPHER, keyOf(secret, salt), iv, { authTagLength: 16 });
      decipher.setAAD(Buffer.from(name)).setAuthTag(tag);
      return Buffer.concat([decipher.update(closed), decipher.final()]).toString('utf8');
    } catch {
      // by another secret, or changed: the next one is tried
    }
  return undefined;
}

function keyOf(secret: string, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, INFO, 32));
}
