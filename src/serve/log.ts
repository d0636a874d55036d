/** One thing that happened, for who looks at night. Fields hold no secrets: nobody puts a token or a header in. */
export type Log = (
  level: 'info' | 'warning' | 'error',
  event: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

const LONGEST_FIELD = 1000;

/**
 * Lines of JSON: `time`, `level`, `event`, and what belongs to it.
 * @param now milliseconds since the epoch
 */
export function jsonLog(write: (line: string) => void, now: () => number): Log {
  return (level, event, fields = {}) => {
    const entries = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === 'string' ? value.slice(0, LONGEST_FIELD) : value]);
    write(JSON.stringify({ time: new Date(now()).toISOString(), level, event, ...Object.fromEntries(entries) }));
  };
}
