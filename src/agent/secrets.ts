import { maskable } from './maskable.ts';
import tl from './task-library.ts';

/** Has the agent mask a value from now on. */
export function maskSecret(value: string | undefined): void {
  for (const one of maskable(value)) tl.setSecret(one);
}

/** Hides what the agent would mask in the log: for texts that go elsewhere. */
export function withoutSecrets(): (text: string) => string {
  const secrets = tl
    .getVariables()
    .filter(({ secret }) => secret)
    .flatMap(({ value }) => maskable(value))
    // A longer one may hold a shorter one.
    .sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text);
}
