import { fold } from '../../expression/fold.ts';
import type { MappingEntry, ScalarNode, YamlNode } from '../../yaml/node.ts';
import type { Reporter } from './reporter.ts';

/** Puts entries together. Measured: a key that comes twice is refused where it comes the second time, in any case. */
export class MappingBuilder {
  readonly entries: MappingEntry[] = [];
  readonly #seen = new Map<string, 'authored' | 'made'>();
  readonly #reporter: Reporter;
  /** The value that was given last, whether it was taken or not. */
  last: YamlNode;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
    this.last = { kind: 'sequence', items: [], file: '', line: 1, column: 1 };
  }

  keep(entry: MappingEntry): void {
    this.entries.push(entry);
  }

  /** @param at where a second key of the name is reported */
  add(key: ScalarNode, value: YamlNode, authored: boolean, at: YamlNode = key): void {
    this.last = value;
    const name = fold(key.text);
    const before = this.#seen.get(name);
    if (before === undefined) {
      this.#seen.set(name, authored ? 'authored' : 'made');
      this.entries.push({ key, value });
      // Two keys that are written twice have been reported by the reader of the file.
    } else if (!authored || before === 'made') this.#reporter.fault(at, `'${key.text}' is already defined`);
  }
}
