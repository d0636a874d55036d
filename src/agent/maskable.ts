/** Shorter texts would turn half of the log into asterisks, and hide nothing. */
const SHORTEST_SECRET = 4;

/** What the agent can mask of a value. Line by line: it masks lines, and refuses a secret of several. */
export function maskable(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.length >= SHORTEST_SECRET);
}
