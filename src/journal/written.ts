/** What a hash looks like: all of SHA-256, because whoever forges an entry could try for a shorter one at home. */
export const HASH = /^[0-9a-f]{64}$/;

/** Entries that were read in another form than they were written in, and the form that their hash is of. */
const asWritten = new WeakMap<object, unknown>();

/** Remembers what stood in the journal where a reader made something else of it. */
export function rememberWritten<E extends object>(entry: E, written: unknown): E {
  if (entry !== written) asWritten.set(entry, written);
  return entry;
}

/** The form of an entry that its hash is of. */
export function writtenOf(entry: object): unknown {
  return asWritten.get(entry) ?? entry;
}
