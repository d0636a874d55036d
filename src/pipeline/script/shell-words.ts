import type { Lookup, Separator, Word } from './command.ts';

/** A piece of a script: a word, or what ends a command. */
export type Token =
  | { readonly kind: 'word'; readonly word: Word; readonly plain: boolean; readonly line: number }
  | { readonly kind: 'separator'; readonly separator: Separator; readonly line: number }
  | { readonly kind: 'bracket'; readonly text: '(' | ')'; readonly line: number };

/** Words that open a block, and those that close one. */
export const OPENERS = new Set(['if', 'for', 'while', 'until', 'select', 'case']);
export const CLOSERS = new Set(['fi', 'done', 'esac']);

/** A script of more than this was not written by hand, and its words are not worth the time. */
export const LONGEST_SCRIPT = 200_000;
const DEEPEST_SUBSTITUTION = 10;

/**
 * Takes the text of a `bash` or `script` step apart as a shell would: quotes, escapes, comments, continued lines,
 * variables, substitutions, redirections and here-documents. A `script` step runs under cmd on Windows, so `%NAME%` and
 * a line continued by `^` are read as well. The values of variables come from assignments with a known value before, and
 * from `lookup`.
 * @returns a sentence when the text ends inside quotes or brackets
 */
export function shellTokens(text: string, lookup: Lookup): readonly Token[] | string {
  if (text.length > LONGEST_SCRIPT) return `it has more than ${LONGEST_SCRIPT} characters`;
  return new ShellReader(text, lookup, new Map(), 0, 0).read();
}

class ShellReader {
  readonly #text: string;
  readonly #lookup: Lookup;
  readonly #assigned: Map<string, string | undefined>;
  readonly #depth: number;
  readonly #tokens: Token[] = [];
  #at = 0;
  #line: number;
  /** Delimiters of here-documents whose text begins on the next line. */
  #documents: string[] = [];
  #dropNext = false;
  /** Blocks that are open here: what is assigned in one may not be. */
  #blocks = 0;
  /** Where the tokens of the command that is read begin. */
  #commandStart = 0;

  constructor(text: string, lookup: Lookup, assigned: Map<string, string | undefined>, line: number, depth: number) {
    this.#text = text;
    this.#lookup = lookup;
    this.#assigned = assigned;
    this.#line = line;
    this.#depth = depth;
  }

  read(): readonly Token[] | string {
    while (this.#at < this.#text.length) {
      const problem = this.#step();
      if (problem !== undefined) return problem;
    }
    this.#separate('end');
    return this.#tokens;
  }

  #step(): string | undefined {
    const rest = this.#text.slice(this.#at, this.#at + 3);
    const sign = rest[0]!;
    if (sign === '\n') {
      this.#separate('end');
      this.#newLine();
      return undefined;
    }
    if (/\s/.test(sign)) this.#at++;
    else if (/^[\\^]\r?\n/.test(rest)) this.#continueLine();
    else if (sign === '#') this.#skipTo('\n');
    else if (rest.startsWith('&&') || rest.startsWith('||')) this.#separate(rest.slice(0, 2) as Separator, 2);
    else if (sign === ';') this.#separate('end', /^;+/.exec(this.#text.slice(this.#at))![0].length);
    else if (rest.startsWith('|&')) this.#separate('|', 2);
    else if (sign === '|') this.#separate('|', 1);
    else if (/^&?>|^<|^\d>|^\d<(?!\()/.test(rest) && !/^[<>]\(/.test(rest)) return this.#redirection();
    else if (sign === '&') this.#separate('&', 1);
    else if (sign === '(' || sign === ')') {
      this.#tokens.push({ kind: 'bracket', text: sign, line: this.#line });
      this.#commandStart = this.#tokens.length;
      this.#at++;
    } else return this.#word();
    return undefined;
  }

  #newLine(): void {
    this.#at++;
    this.#line++;
    for (const delimiter of this.#documents) {
      // The text of a here-document is data; it ends with a line that holds the delimiter alone.
      for (;;) {
        const end = this.#text.indexOf('\n', this.#at);
        const line = this.#text.slice(this.#at, end === -1 ? undefined : end);
        this.#at = end === -1 ? this.#text.length : end + 1;
        this.#line++;
        if (line.trim() === delimiter || end === -1) break;
      }
    }
    this.#documents = [];
  }

  #continueLine(): void {
    this.#at = this.#text.indexOf('\n', this.#at) + 1;
    this.#line++;
  }

  #skipTo(sign: string): void {
    const end = this.#text.indexOf(sign, this.#at);
    this.#at = end === -1 ? this.#text.length : end;
  }

  #separate(separator: Separator, length = 0): void {
    this.#at += length;
    const last = this.#tokens.at(-1);
    // Behind `&&` a line may end; behind the end of a command nothing more ends.
    if (last === undefined || last.kind === 'separator') return;
    this.#tokens.push({ kind: 'separator', separator, line: this.#line });
    this.#commandStart = this.#tokens.length;
  }

  /** `>file`, `2>&1`, `<<EOF`: no word of the command. */
  #redirection(): string | undefined {
    const match = /^(?:\d|&)?(<<<|<<-?|>>|>\||[<>]&?)(\d|-)?/.exec(this.#text.slice(this.#at, this.#at + 6))!;
    this.#at += match[0].length;
    if (match[2] !== undefined) return undefined;
    if (match[1]!.startsWith('<<') && match[1] !== '<<<') {
      const delimiter = /^\s*(['"]?)([\w.-]+)\1/.exec(this.#text.slice(this.#at, this.#at + 100));
      if (delimiter === null) return 'a here-document has no plain delimiter';
      this.#at += delimiter[0].length;
      // Some programs run what they are given so (`bash <<EOF`): the text is a word of the command.
      if (this.#documents.length === 0 && this.#tokens.length > this.#commandStart)
        this.#tokens.push({ kind: 'word', word: this.#document(delimiter[2]!), plain: false, line: this.#line });
      this.#documents.push(delimiter[2]!);
      return undefined;
    }
    this.#dropNext = true;
    return undefined;
  }

  /** The text of the here-document that begins on the next line, with its line ends. */
  #document(delimiter: string): Word {
    const from = this.#text.indexOf('\n', this.#at);
    const lines: string[] = [];
    for (const line of from === -1 ? [] : this.#text.slice(from + 1).split('\n')) {
      if (line.trim() === delimiter) break;
      lines.push(line);
    }
    return { text: `${lines.join('\n')}\n`, written: `<<${delimiter}` };
  }

  #word(): string | undefined {
    const start = this.#at;
    const line = this.#line;
    let value: string | undefined = '';
    let plain = true;
    const add = (text: string | undefined): void => {
      value = value === undefined || text === undefined ? undefined : value + text;
    };
    while (this.#at < this.#text.length) {
      const sign = this.#text[this.#at]!;
      if (sign === '(' && /^\w+\+?=$/.test(this.#text.slice(start, this.#at))) {
        // `args=(--name x)`: a list, and no command.
        if (!this.#skipList()) return 'a list is not closed';
        add(undefined);
        continue;
      }
      if (/[\s;|&()<>]/.test(sign)) break;
      if (sign === '\\' || sign === '^') {
        const next = this.#text.slice(this.#at + 1, this.#at + 3);
        if (/^\r?\n/.test(next)) this.#continueLine();
        else {
          add(sign === '^' ? '^' : (next[0] ?? ''));
          this.#at += sign === '^' ? 1 : 2;
        }
      } else if (sign === "'") {
        const end = this.#text.indexOf("'", this.#at + 1);
        if (end === -1) return `a quote is not closed`;
        add(this.#text.slice(this.#at + 1, end));
        this.#moveTo(end + 1);
        plain = false;
      } else if (sign === '"') {
        plain = false;
        this.#at++;
        const problem = this.#quoted(add);
        if (problem !== undefined) return problem;
      } else if (sign === '$' || sign === '`' || sign === '%') {
        const problem = this.#expansion(add);
        if (problem !== undefined) return problem;
      } else {
        add(sign);
        this.#at++;
      }
    }
    // A sign that no word can hold and nothing else took: never stand still.
    if (this.#at === start) this.#at++;
    const written = this.#text.slice(start, this.#at);
    if (this.#dropNext) {
      this.#dropNext = false;
      return undefined;
    }
    if (this.#tokens.length === this.#commandStart && OPENERS.has(written)) this.#blocks++;
    if (this.#tokens.length === this.#commandStart && CLOSERS.has(written))
      this.#blocks = Math.max(0, this.#blocks - 1);
    this.#remember(written, value);
    this.#tokens.push({ kind: 'word', word: { text: value, written }, plain, line });
    return undefined;
  }

  #quoted(add: (text: string | undefined) => void): string | undefined {
    while (this.#at < this.#text.length) {
      const sign = this.#text[this.#at]!;
      if (sign === '"') {
        this.#at++;
        return undefined;
      }
      if (sign === '\\' && /["\\$`\n]/.test(this.#text[this.#at + 1] ?? '')) {
        if (this.#text[this.#at + 1] === '\n') this.#line++;
        else add(this.#text[this.#at + 1]);
        this.#at += 2;
      } else if (sign === '$' || sign === '`' || sign === '%') {
        const problem = this.#expansion(add);
        if (problem !== undefined) return problem;
      } else {
        if (sign === '\n') this.#line++;
        add(sign);
        this.#at++;
      }
    }
    return 'a quote is not closed';
  }

  #expansion(add: (text: string | undefined) => void): string | undefined {
    const rest = this.#text.slice(this.#at, this.#at + 200);
    if (rest.startsWith('$(') || rest.startsWith('`')) {
      const inner = rest.startsWith('`') ? this.#until('`', 1) : this.#balanced();
      if (inner === undefined) return 'a substitution is not closed';
      // What is called inside is called all the same.
      if (this.#depth < DEEPEST_SUBSTITUTION && !inner.startsWith('(')) {
        const tokens = new ShellReader(inner, this.#lookup, this.#assigned, this.#line, this.#depth + 1).read();
        if (typeof tokens === 'string') return tokens;
        this.#insert(tokens);
      }
      add(undefined);
      return undefined;
    }
    const name = /^\$\{(\w+)\}|^\$([A-Za-z_]\w*)|^%(\w+)%/.exec(rest);
    if (name !== null) {
      add(this.#valueOf(name[1] ?? name[2] ?? name[3]!));
      this.#at += name[0].length;
    } else if (rest.startsWith('${')) {
      const end = this.#text.indexOf('}', this.#at);
      if (end === -1) return 'a variable is not closed';
      add(undefined);
      this.#at = end + 1;
    } else if (/^\$[\d@*#?$!-]/.test(rest)) {
      add(undefined);
      this.#at += 2;
    } else {
      add(rest[0]);
      this.#at++;
    }
    return undefined;
  }

  /** Commands of a substitution run before the command that they stand in. */
  #insert(tokens: readonly Token[]): void {
    const last = tokens.at(-1);
    const inner = last?.kind === 'separator' ? tokens.slice(0, -1) : tokens;
    if (inner.length === 0) return;
    this.#tokens.splice(this.#commandStart, 0, ...inner, { kind: 'separator', separator: 'inside', line: this.#line });
    this.#commandStart += inner.length + 1;
  }

  #until(sign: string, from: number): string | undefined {
    const end = this.#text.indexOf(sign, this.#at + from);
    if (end === -1) return undefined;
    const inner = this.#text.slice(this.#at + from, end);
    this.#moveTo(end + 1);
    return inner;
  }

  #skipList(): boolean {
    // As in `$( ... )`, which is read from its dollar sign on.
    this.#at--;
    return this.#balanced() !== undefined;
  }

  /** The text of `$( ... )`, with quotes and brackets inside. */
  #balanced(): string | undefined {
    let depth = 0;
    for (let at = this.#at + 1; at < this.#text.length; at++) {
      const sign = this.#text[at]!;
      if (sign === '\\') at++;
      else if (sign === "'") {
        const end = this.#text.indexOf("'", at + 1);
        if (end === -1) return undefined;
        at = end;
      } else if (sign === '(') depth++;
      else if (sign === ')' && --depth === 0) {
        const inner = this.#text.slice(this.#at + 2, at);
        this.#moveTo(at + 1);
        return inner;
      }
    }
    return undefined;
  }

  #moveTo(at: number): void {
    for (let index = this.#at; index < at; index++) if (this.#text[index] === '\n') this.#line++;
    this.#at = at;
  }

  #valueOf(name: string): string | undefined {
    return this.#assigned.has(name) ? this.#assigned.get(name) : this.#lookup(name);
  }

  /** `NAME=value` as a word of its own; one that is assigned twice, or inside a block, is not known. */
  #remember(written: string, value: string | undefined): void {
    const name = /^(\w+)(\+?=)/.exec(written);
    if (name === null || /^\d/.test(name[1]!)) return;
    const known = this.#assigned.has(name[1]!) || this.#blocks > 0;
    const plain = name[2] === '=' && value !== undefined ? value.slice(name[0].length) : undefined;
    this.#assigned.set(name[1]!, known ? undefined : plain);
  }
}
