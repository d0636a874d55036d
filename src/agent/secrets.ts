import { maskable } from './maskable.ts';
import tl from './task-library.ts';

/** Has the agent mask a value from now on. */
export function maskSecret(value: string | undefined): void {
  for (const one of maskable(value)) tl.setSecret(one);
}
