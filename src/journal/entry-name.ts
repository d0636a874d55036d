import type { Entry } from './entry.ts';
import { markOf } from './shapes.ts';

/** Sequence, writer, service, what and where it ended: enough for a gate to judge by the list alone. */
export function entryName(entry: Entry): string {
  const print = markOf(entry.after) ?? markOf(entry.before) ?? 'none';
  const parts = [
    String(entry.sequence).padStart(5, '0'),
    entry.writer,
    entry.service ?? 'run',
    entry.action,
    entry.phase,
    print,
  ];
  return `${parts.map(segment).join('.')}.json`;
}

/** The writer in the name of an entry, as `segment` writes it; undefined in a name that is none of ours. */
export function writerInName(name: string): string | undefined {
  const [, writer] = /(?:^|\/)\d{5,}\.([^./]+)\.[^/]*\.json$/.exec(name) ?? [];
  return writer;
}

/** As a name holds it. */
export function segment(part: string): string {
  return part.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 60);
}
