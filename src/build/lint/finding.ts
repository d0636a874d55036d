/** Something in a manifest that would fail where nobody looks: in the editor, at the Marketplace or on an agent. */
export interface ManifestFinding {
  /** Path in the packed extension. */
  readonly file: string;
  /** Where in it: `inputs.2.type`, empty for the whole file. */
  readonly at: string;
  /** What was expected, what was found and what to do. */
  readonly message: string;
}

/** A value of a JSON file with its place, and the pen for what is wrong with it. */
export class Spot {
  readonly value: unknown;
  readonly #file: string;
  readonly #at: string;
  readonly #found: ManifestFinding[];

  constructor(value: unknown, file: string, found: ManifestFinding[], at = '') {
    this.value = value;
    this.#file = file;
    this.#found = found;
    this.#at = at;
  }

  say(message: string): void {
    this.#found.push({ file: this.#file, at: this.#at, message });
  }

  get(key: string | number): Spot {
    const { value } = this;
    const inside =
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string | number, unknown>)[key]
        : undefined;
    return new Spot(inside, this.#file, this.#found, this.#at === '' ? String(key) : `${this.#at}.${key}`);
  }

  get isMissing(): boolean {
    return this.value === undefined;
  }

  /** The text that stands here, empty when there is none. */
  get text(): string {
    return typeof this.value === 'string' ? this.value : '';
  }

  /** The items of a list; none when it is no list, which `list` says. */
  items(): Spot[] {
    return Array.isArray(this.value) ? this.value.map((_, index) => this.get(index)) : [];
  }

  keys(): string[] {
    return typeof this.value === 'object' && this.value !== null ? Object.keys(this.value) : [];
  }

  /** Says what is wrong unless this is a text of that shape. */
  mustMatch(shape: RegExp, rule: string): void {
    if (typeof this.value !== 'string' || !shape.test(this.value)) this.say(`must be ${rule}, not ${this.shown}`);
  }

  mustBeOneOf(values: Iterable<string>, what: string): void {
    const known = [...values];
    if (!known.includes(this.text)) this.say(`must be ${what} (${known.join(', ')}), not ${this.shown}`);
  }

  mustBeList(what: string): void {
    if (this.items().length === 0) this.say(`must be a list of ${what}, not ${this.shown}`);
  }

  get shown(): string {
    return this.value === undefined ? 'nothing' : (JSON.stringify(this.value) ?? '').slice(0, 80);
  }
}
