/** A place in a text, to come back to. */
export interface Place {
  readonly at: number;
  readonly line: number;
}

/** The text of a script and the place that its reader has got to, with the line that this is on. */
export class ShellText {
  readonly #text: string;
  #at = 0;
  #line: number;

  constructor(text: string, line: number) {
    this.#text = text;
    this.#line = line;
  }

  get at(): number {
    return this.#at;
  }

  get line(): number {
    return this.#line;
  }

  get place(): Place {
    return { at: this.#at, line: this.#line };
  }

  /** Goes back to a place, to read again from there. */
  goTo({ at, line }: Place): void {
    this.#at = at;
    this.#line = line;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The sign that is read, or one of those behind it; none at the end. */
  sign(offset = 0): string | undefined {
    return this.#text[this.#at + offset];
  }

  /** What comes next, all of it or so many signs. */
  ahead(count?: number): string {
    return this.#text.slice(this.#at, count === undefined ? undefined : this.#at + count);
  }

  since(start: number): string {
    return this.#text.slice(start, this.#at);
  }

  /** Steps over signs that are no ends of lines. */
  skip(count = 1): void {
    this.#at += count;
  }

  skipTo(sign: string): void {
    const end = this.#text.indexOf(sign, this.#at);
    this.#at = end === -1 ? this.#text.length : end;
  }

  /** Steps over the end of this line, and what stands before it. */
  nextLine(): void {
    this.#at = this.#text.indexOf('\n', this.#at) + 1;
    this.#line++;
  }

  /** Steps over a here-document that begins here: its text is data, and ends with a line that holds the delimiter alone. */
  skipDocument(delimiter: string): void {
    for (;;) {
      const end = this.#text.indexOf('\n', this.#at);
      const line = this.#text.slice(this.#at, end === -1 ? undefined : end);
      this.#at = end === -1 ? this.#text.length : end + 1;
      this.#line++;
      if (line.trim() === delimiter || end === -1) return;
    }
  }

  /** The text of the here-document that begins on the next line, with its line ends. */
  document(delimiter: string): string {
    const from = this.#text.indexOf('\n', this.#at);
    const lines: string[] = [];
    for (const line of from === -1 ? [] : this.#text.slice(from + 1).split('\n')) {
      if (line.trim() === delimiter) break;
      lines.push(line);
    }
    return `${lines.join('\n')}\n`;
  }

  /** What stands between the sign that is read and the next `sign`, which is stepped over; undefined when there is none. */
  enclosed(sign: string): string | undefined {
    const from = this.#at + 1;
    const end = this.#text.indexOf(sign, from);
    if (end === -1) return undefined;
    this.#moveTo(end + 1);
    return this.#text.slice(from, end);
  }

  /**
   * The text inside brackets that hold quotes and brackets of their own; undefined when they are not closed.
   * @param lead signs before the bracket that opens: the dollar sign of `$( ... )`
   */
  balanced(lead: number): string | undefined {
    const from = this.#at + lead;
    let depth = 0;
    for (let at = from; at < this.#text.length; at++) {
      const sign = this.#text[at]!;
      if (sign === '\\') at++;
      else if (sign === "'") {
        const end = this.#text.indexOf("'", at + 1);
        if (end === -1) return undefined;
        at = end;
      } else if (sign === '(') depth++;
      else if (sign === ')' && --depth === 0) {
        this.#moveTo(at + 1);
        return this.#text.slice(from + 1, at);
      }
    }
    return undefined;
  }

  /** Steps over the end of a line inside quotes, and a sign before it that takes it away. */
  skipLineEnd(count: number): void {
    this.#at += count;
    this.#line++;
  }

  #moveTo(at: number): void {
    for (let index = this.#at; index < at; index++) if (this.#text[index] === '\n') this.#line++;
    this.#at = at;
  }
}
