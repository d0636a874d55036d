import { fold } from '../../expression/fold.ts';
import { NULL, text, UNKNOWN_TEXT, type Entry, type ObjectValue, type Value } from '../../expression/value.ts';
import type { ScalarNode, YamlNode } from '../../yaml/node.ts';
import { isOpen } from './values.ts';

/**
 * The variables that template expressions see at one place: those of the YAML so far, and predefined ones. Documented
 * and measured: any other is null, also those of the web page and those given when the pipeline is queued. The names of
 * predefined ones have a point; which of them a template sees and what they hold is not known here unless it was given.
 */
class SeenVariables extends Map<string, Entry> {
  readonly sight: Sight;

  constructor(entries: Iterable<readonly [string, Entry]>, sight: Sight) {
    super();
    for (const [name, entry] of entries) this.set(name, entry);
    this.sight = sight;
  }

  override get(name: string): Entry | undefined {
    const found = super.get(name);
    if (found !== undefined) return found;
    return isPredefined(name) ? { key: name, value: this.sight.predefined(name) } : undefined;
  }
}

/** What is known of values that are not written down. */
export interface Sight {
  /** Of a variable that the service itself sets and nobody has given. */
  predefined(name: string): Value;
  /** Of a text that was not known where it stands. */
  open(node: ScalarNode): Value | undefined;
}

const BLIND: Sight = { predefined: () => UNKNOWN_TEXT, open: () => undefined };

/** Whether the service itself may set a variable of that name. */
export function isPredefined(name: string): boolean {
  return name.includes('.') || /^tf_build$/i.test(name);
}

/** Variables as a template grows: names are added in the order of the text. */
export class Variables {
  readonly #entries: SeenVariables;
  /** What gave a variable a value that is not known. */
  readonly #sources: Map<string, YamlNode>;
  #missing: Value;
  #blurred = false;
  #value: ObjectValue | undefined;

  private constructor(
    entries: Iterable<readonly [string, Entry]>,
    missing: Value,
    sight: Sight,
    sources: Iterable<readonly [string, YamlNode]> = [],
  ) {
    this.#entries = new SeenVariables(entries, sight);
    this.#sources = new Map(sources);
    this.#missing = missing;
  }

  /** What is there before the first line. */
  static given(values: ReadonlyMap<string, string>, sight = BLIND): Variables {
    const start = new Variables([], NULL, sight);
    for (const [name, value] of values) if (isPredefined(name)) start.set(name, text(value));
    return start;
  }

  /** A place of which nothing is known: the block of variables comes after it. */
  static unseen(): Variables {
    return new Variables([], UNKNOWN_TEXT, BLIND);
  }

  /** For a stage or job with variables of its own: they hide those above (measured). */
  copy(): Variables {
    return new Variables(this.#entries, this.#missing, this.#entries.sight, this.#sources);
  }

  get value(): ObjectValue {
    this.#value ??= { kind: 'object', entries: this.#entries, keys: 'ignoreCase', missing: this.#missing };
    return this.#value;
  }

  /** @param source where the value comes from, for what is said of one that is not known */
  set(name: string, value: Value, source?: YamlNode): void {
    this.#entries.set(fold(name), { key: name, value });
    if (source === undefined || value.kind !== 'unknown') this.#sources.delete(fold(name));
    else this.#sources.set(fold(name), source);
  }

  /** Whether something has set the name, to a value that is known or not. */
  names(name: string): boolean {
    return this.#entries.has(fold(name));
  }

  /** Whether an expression sees the value of the name. */
  knows(name: string): boolean {
    const entry = this.#entries.get(fold(name));
    return (entry?.value ?? this.#missing).kind !== 'unknown';
  }

  /** All that hangs on a name here. @param name folded */
  seen(name: string): { readonly value: Value; readonly source: YamlNode | undefined; readonly isSet: boolean } {
    const value = this.#entries.get(name)?.value ?? this.#missing;
    return { value, source: this.#sources.get(name), isSet: this.#entries.has(name) };
  }

  sourceOf(name: string): YamlNode | undefined {
    return this.#sources.get(fold(name));
  }

  /** A group, whose names nobody can see. What is set stays: the later of two definitions is not known to win here. */
  addGroup(): void {
    this.#missing = UNKNOWN_TEXT;
    this.#value = undefined;
  }

  /** Something unknown may set any name. */
  blur(): void {
    this.#entries.clear();
    this.#blurred = true;
    this.addGroup();
  }

  /** One entry of the mapping form. */
  addEntry(key: YamlNode, value: YamlNode): void {
    if (key.kind !== 'scalar') return;
    if (isOpen(key)) this.#addUndecided(value, key);
    else this.set(key.text, this.#valueOf(value), value);
  }

  /** One item of the list form; what is a template still has not been read. */
  addItem(item: YamlNode): void {
    if (item.kind !== 'mapping') {
      this.blur();
      return;
    }
    const fields = new Map(item.entries.map(({ key, value }) => [key.text.toLowerCase(), value]));
    const name = fields.get('name');
    const [first] = item.entries;
    if (first !== undefined && isOpen(first.key))
      for (const { key, value } of item.entries) this.#addUndecided(value, key);
    else if (fields.has('template') || (name !== undefined && isOpen(name))) this.blur();
    else if (fields.has('group')) this.addGroup();
    else if (name?.kind === 'scalar') {
      const open = item.entries.find(({ key }) => isOpen(key))?.key;
      const value = fields.get('value');
      this.set(
        name.text,
        open !== undefined || value === undefined ? UNKNOWN_TEXT : this.#valueOf(value),
        open ?? value,
      );
    }
  }

  /** Measured: the text as it is written. What `$[ ]` makes of it is known only in the run. */
  #valueOf(node: YamlNode): Value {
    if (node.kind !== 'scalar' || /^\s*\$\[/.test(node.text)) return UNKNOWN_TEXT;
    return isOpen(node) ? (this.#entries.sight.open(node) ?? UNKNOWN_TEXT) : text(node.text);
  }

  /** The body of a directive that may apply or not: what it sets is unknown from here on. */
  #addUndecided(body: YamlNode, directive: YamlNode): void {
    const inside = new Variables([], NULL, this.#entries.sight);
    if (body.kind === 'sequence') for (const item of body.items) inside.addItem(item);
    else if (body.kind === 'mapping') for (const { key, value } of body.entries) inside.addEntry(key, value);
    else inside.blur();
    if (inside.#blurred) this.blur();
    for (const { key } of inside.#entries.values()) this.set(key, UNKNOWN_TEXT, directive);
    if (inside.#missing !== NULL) this.addGroup();
  }
}
