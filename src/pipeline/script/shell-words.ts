import { Assignments, isMacro } from './assignments.ts';
import { CLOSERS, LONGEST_SCRIPT, OPENERS, type Lookup, type Separator, type Token, type Word } from './command.ts';
import { LiteralLoops } from './literal-loops.ts';
import { ShellText } from './shell-text.ts';

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
  return new ShellReader(new ShellText(text, 0), new Assignments(lookup), 0).read();
}

class ShellReader {
  readonly #text: ShellText;
  readonly #variables: Assignments;
  readonly #depth: number;
  readonly #tokens: Token[] = [];
  /** Delimiters of here-documents whose text begins on the next line. */
  #documents: string[] = [];
  #dropNext = false;
  /** Blocks that are open here: what is assigned in one may not be. */
  #blocks = 0;
  /** Where the tokens of the command that is read begin. */
  #commandStart = 0;
  readonly #loops: LiteralLoops;

  constructor(text: ShellText, variables: Assignments, depth: number) {
    this.#text = text;
    this.#variables = variables;
    this.#depth = depth;
    this.#loops = new LiteralLoops(text, variables, this.#tokens);
  }

  read(): readonly Token[] | string {
    while (!this.#text.isAtEnd) {
      const problem = this.#step();
      if (problem !== undefined) return problem;
    }
    this.#separate('end');
    return this.#tokens;
  }

  #step(): string | undefined {
    const rest = this.#text.ahead(3);
    const sign = rest[0]!;
    if (sign === '\n') {
      this.#separate('end');
      this.#newLine();
      return undefined;
    }
    if (/\s/.test(sign)) this.#text.skip();
    else if (/^[\\^]\r?\n/.test(rest)) this.#text.nextLine();
    else if (sign === '#') this.#text.skipTo('\n');
    else if (rest.startsWith('&&') || rest.startsWith('||')) this.#separate(rest.slice(0, 2) as Separator, 2);
    else if (sign === ';') this.#separate('end', /^;+/.exec(this.#text.ahead())![0].length);
    else if (rest.startsWith('|&')) this.#separate('|', 2);
    else if (sign === '|') this.#separate('|', 1);
    else if (/^&?>|^<|^\d>|^\d<(?!\()/.test(rest) && !/^[<>]\(/.test(rest)) return this.#redirection();
    else if (sign === '&') this.#separate('&', 1);
    else if (sign === '(' || sign === ')') {
      this.#tokens.push({ kind: 'bracket', text: sign, line: this.#text.line });
      this.#commandStart = this.#tokens.length;
      this.#text.skip();
    } else return this.#word();
    return undefined;
  }

  #newLine(): void {
    this.#text.nextLine();
    for (const delimiter of this.#documents) this.#text.skipDocument(delimiter);
    this.#documents = [];
  }

  #separate(separator: Separator, length = 0): void {
    this.#text.skip(length);
    const last = this.#tokens.at(-1);
    // Behind `&&` a line may end; behind the end of a command nothing more ends.
    if (last === undefined || last.kind === 'separator') return;
    this.#tokens.push({ kind: 'separator', separator, line: this.#text.line });
    this.#commandStart = this.#tokens.length;
  }

  /** `>file`, `2>&1`, `<<EOF`: no word of the command. */
  #redirection(): string | undefined {
    const match = /^(?:\d|&)?(<<<|<<-?|>>|>\||[<>]&?)(\d|-)?/.exec(this.#text.ahead(6))!;
    this.#text.skip(match[0].length);
    if (match[2] !== undefined) return undefined;
    if (match[1]!.startsWith('<<') && match[1] !== '<<<') {
      const delimiter = /^\s*(['"]?)([\w.-]+)\1/.exec(this.#text.ahead(100));
      if (delimiter === null) return 'a here-document has no plain delimiter';
      this.#text.skip(delimiter[0].length);
      // Some programs run what they are given so (`bash <<EOF`): the text is a word of the command.
      if (this.#documents.length === 0 && this.#tokens.length > this.#commandStart)
        this.#tokens.push({ kind: 'word', word: this.#document(delimiter[2]!), plain: false, line: this.#text.line });
      this.#documents.push(delimiter[2]!);
      return undefined;
    }
    this.#dropNext = true;
    return undefined;
  }

  #document(delimiter: string): Word {
    return { text: this.#text.document(delimiter), written: `<<${delimiter}` };
  }

  #word(): string | undefined {
    const start = this.#text.at;
    const { line } = this.#text;
    let value: string | undefined = '';
    let plain = true;
    const add = (text: string | undefined): void => {
      value = value === undefined || text === undefined ? undefined : value + text;
    };
    while (!this.#text.isAtEnd) {
      const sign = this.#text.sign()!;
      if (sign === '(' && /^\w+\+?=$/.test(this.#text.since(start))) {
        // `args=(--name x)`: a list, and no command.
        if (this.#text.balanced(0) === undefined) return 'a list is not closed';
        add(undefined);
        continue;
      }
      if (/[\s;|&()<>]/.test(sign)) break;
      if (sign === '\\' || sign === '^') {
        const next = this.#text.ahead(3).slice(1);
        if (/^\r?\n/.test(next)) this.#text.nextLine();
        else {
          add(sign === '^' ? '^' : (next[0] ?? ''));
          this.#text.skip(sign === '^' ? 1 : 2);
        }
      } else if (sign === "'") {
        const quoted = this.#text.enclosed("'");
        if (quoted === undefined) return `a quote is not closed`;
        add(quoted);
        plain = false;
      } else if (sign === '"') {
        plain = false;
        this.#text.skip();
        const problem = this.#quoted(add);
        if (problem !== undefined) return problem;
      } else if (sign === '$' || sign === '`' || sign === '%') {
        const problem = this.#expansion(add);
        if (problem !== undefined) return problem;
      } else {
        add(sign);
        this.#text.skip();
      }
    }
    // A sign that no word can hold and nothing else took: never stand still.
    if (this.#text.at === start) this.#text.skip();
    const written = this.#text.since(start);
    if (this.#dropNext) {
      this.#dropNext = false;
      return undefined;
    }
    const isFirst = this.#tokens.length === this.#commandStart;
    if (isFirst && OPENERS.has(written)) this.#blocks++;
    const ended = isFirst && written === 'done' ? this.#loops.end(this.#blocks) : undefined;
    if (ended?.kind === 'block') this.#blocks = ended.blocks;
    if (ended?.kind === 'round') {
      this.#commandStart = this.#tokens.length;
      return undefined;
    }
    if (isFirst && CLOSERS.has(written)) this.#blocks = Math.max(0, this.#blocks - 1);
    this.#variables.remember(written, value, this.#blocks > 0 ? 'block' : 'script');
    this.#tokens.push({ kind: 'word', word: { text: value, written }, plain, line });
    if (isFirst && written === 'for') this.#loops.head(this.#tokens.length - 1);
    if (isFirst && written === 'do' && this.#loops.begin(this.#blocks)) {
      this.#blocks--;
      this.#commandStart = this.#tokens.length;
    }
    return undefined;
  }

  #quoted(add: (text: string | undefined) => void): string | undefined {
    while (!this.#text.isAtEnd) {
      const sign = this.#text.sign()!;
      if (sign === '"') {
        this.#text.skip();
        return undefined;
      }
      if (sign === '\\' && /["\\$`\n]/.test(this.#text.sign(1) ?? '')) {
        if (this.#text.sign(1) === '\n') this.#text.skipLineEnd(2);
        else {
          add(this.#text.sign(1));
          this.#text.skip(2);
        }
      } else if (sign === '$' || sign === '`' || sign === '%') {
        const problem = this.#expansion(add);
        if (problem !== undefined) return problem;
      } else {
        add(sign);
        if (sign === '\n') this.#text.skipLineEnd(1);
        else this.#text.skip();
      }
    }
    return 'a quote is not closed';
  }

  #expansion(add: (text: string | undefined) => void): string | undefined {
    const rest = this.#text.ahead(200);
    if (rest.startsWith('$(') || rest.startsWith('`')) {
      const inner = rest.startsWith('`') ? this.#text.enclosed('`') : this.#text.balanced(1);
      if (inner === undefined) return 'a substitution is not closed';
      // What is called inside is called all the same.
      if (this.#depth < DEEPEST_SUBSTITUTION && !inner.startsWith('(') && !isMacro(inner)) {
        const tokens = new ShellReader(new ShellText(inner, this.#text.line), this.#variables, this.#depth + 1).read();
        if (typeof tokens === 'string') return tokens;
        this.#insert(tokens);
      }
      add(undefined);
      return undefined;
    }
    const name = /^\$\{(\w+)\}|^\$([A-Za-z_]\w*)|^%(\w+)%/.exec(rest);
    if (name !== null) {
      add(this.#variables.valueOf(name[1] ?? name[2] ?? name[3]!));
      this.#text.skip(name[0].length);
    } else if (rest.startsWith('${')) {
      if (this.#text.enclosed('}') === undefined) return 'a variable is not closed';
      add(undefined);
    } else if (/^\$[\d@*#?$!-]/.test(rest)) {
      add(undefined);
      this.#text.skip(2);
    } else {
      add(rest[0]);
      this.#text.skip();
    }
    return undefined;
  }

  /** Commands of a substitution run before the command that they stand in. */
  #insert(tokens: readonly Token[]): void {
    const last = tokens.at(-1);
    const inner = last?.kind === 'separator' ? tokens.slice(0, -1) : tokens;
    if (inner.length === 0) return;
    this.#tokens.splice(this.#commandStart, 0, ...inner, {
      kind: 'separator',
      separator: 'inside',
      line: this.#text.line,
    });
    this.#commandStart += inner.length + 1;
  }
}
