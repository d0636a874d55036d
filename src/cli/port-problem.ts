import { RolloutError } from '../rollout/errors.ts';

/** How Node says that it may not listen where it was told to, and what that means for the person who said it. */
const MEANINGS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program: name another one, or 0 for any that is free',
  EACCES: 'may not be used by this account: name one above 1023, or 0 for any that is free',
  EADDRNOTAVAIL: 'is at an address that this machine does not have',
};

/**
 * Does what listens at a port.
 * @throws RolloutError (`bad-input`) when the port cannot be had, and whatever else `act` rejects with
 */
export async function atPort<T>(port: number, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    const meaning = syscall === 'listen' ? MEANINGS[code ?? ''] : undefined;
    if (meaning === undefined) throw error;
    throw new RolloutError({ code: 'bad-input', problems: [`--port: '${port}' ${meaning}`] }, { cause: error });
  }
}
