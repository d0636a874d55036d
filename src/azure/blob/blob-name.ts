/** A name as one path segment: whatever a path or an address could read differently becomes `=` and its bytes in hex. */
export function quoted(name: string): string {
  return name.replace(/[^A-Za-z0-9_.-]|^\.|\.$/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

/** @returns undefined for a segment that `quoted` would not have made */
export function unquoted(segment: string): string | undefined {
  const name = segment.replace(/(=[0-9A-F]{2})+/g, (bytes) =>
    Buffer.from(bytes.replaceAll('=', ''), 'hex').toString('utf8'),
  );
  return name !== '' && quoted(name) === segment ? name : undefined;
}
