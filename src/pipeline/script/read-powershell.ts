import { LONGEST_SCRIPT, type Command, type Lookup, type Script, type Word } from './command.ts';
import { BLOCK_WORDS, judgeDrafts, KEYWORDS, type Draft, type Ends } from './powershell-ends.ts';

export type { Ends } from './powershell-ends.ts';

/**
 * Reads the commands of a `powershell` or `pwsh` step: quotes, escapes, comments, here-strings, continued lines,
 * variables with a known value. The step fails with the exit code of the last native command (documented), so that one
 * that is called in between fails unseen. What stands in braces may not run, or run often.
 * @param ends what the task is told about errors
 */
export function readPowerShell(text: string, lookup: Lookup, ends: Ends): Script {
  if (text.length > LONGEST_SCRIPT) return { unreadable: `it has more than ${LONGEST_SCRIPT} characters` };
  const drafts = new PowerShellReader(text, lookup).read();
  if (typeof drafts === 'string') return { unreadable: drafts };
  const ways = judgeDrafts(drafts, ends);
  return { commands: drafts.map(({ words, line }, at): Command => ({ words, line, ...ways[at]! })) };
}

class PowerShellReader {
  readonly #text: string;
  readonly #lookup: Lookup;
  readonly #assigned = new Map<string, string | undefined>();
  readonly #drafts: Draft[] = [];
  /** For each open brace whether what stands in it is run by the script itself, and not as a function or by a cmdlet. */
  readonly #blocks: boolean[] = [];
  #foreign = 0;
  #words: Word[] = [];
  #start = 0;
  #after: Draft['after'] = '';
  #at = 0;
  #line = 0;
  #round = 0;

  constructor(text: string, lookup: Lookup) {
    this.#text = text;
    this.#lookup = lookup;
  }

  read(): Draft[] | string {
    while (this.#at < this.#text.length) {
      const problem = this.#step();
      if (problem !== undefined) return problem;
    }
    this.#finish('');
    return this.#blocks.length === 0 ? this.#drafts : 'a brace is not closed';
  }

  #step(): string | undefined {
    const rest = this.#text.slice(this.#at, this.#at + 3);
    const sign = rest[0]!;
    if (/^`\r?\n/.test(rest)) this.#moveTo(this.#text.indexOf('\n', this.#at) + 1);
    else if (sign === '\n' || sign === ';') {
      this.#moveTo(this.#at + 1);
      // A line ends a command, but not inside round brackets.
      if (this.#round === 0 || sign === ';') this.#finish('');
    } else if (/\s/.test(sign)) this.#at++;
    else if (rest.startsWith('<#')) return this.#skip('#>', 'a comment');
    else if (sign === '#') this.#moveTo(this.#endOfLine());
    else if (rest.startsWith('&&') || rest.startsWith('||')) this.#finish(rest.slice(0, 2) as Draft['after'], 2);
    else if (sign === '|') this.#finish('|', 1);
    else if (sign === '{' || sign === '}') {
      this.#finish('', 1);
      if (sign === '}') {
        if (this.#blocks.pop() === false) this.#foreign--;
      } else this.#enter(BLOCK_WORDS.has(this.#drafts.at(-1)?.words[0]?.written.toLowerCase() ?? ''));
    } else if (/^[@"']/.test(sign) && /^@["']\r?\n?/.test(rest) && sign === '@') return this.#hereString();
    else if (sign === '(' || sign === ')') {
      this.#round = Math.max(0, this.#round + (sign === '(' ? 1 : -1));
      this.#at++;
      // A call in brackets is a command of its own, whose value is not known.
      if (sign === '(') this.#open();
      else this.#finish('');
    } else if (/^\d?>|^</.test(rest))
      this.#at += /^\d?>+(&\d)?/.exec(this.#text.slice(this.#at, this.#at + 5))?.[0].length ?? 1;
    else return this.#word();
    return undefined;
  }

  #enter(own: boolean): void {
    this.#blocks.push(own);
    if (!own) this.#foreign++;
  }

  #open(): void {
    const first = this.#words[0]?.written.toLowerCase() ?? '';
    if (KEYWORDS.has(first)) return;
    if (this.#words.length > 0) this.#words.push({ text: undefined, written: '(...)' });
    this.#finish('');
  }

  #finish(after: Draft['after'], length = 0): void {
    this.#at += length;
    const words =
      this.#words[0]?.written === '&' || this.#words[0]?.written === '.' ? this.#words.slice(1) : this.#words;
    if (words.length > 0) {
      this.#assign(words);
      const depth = this.#blocks.length;
      const own = this.#foreign === 0;
      const invoked = words !== this.#words;
      this.#drafts.push({ words, line: this.#start, depth, own, invoked, after: this.#after });
      this.#after = after;
    } else if (after !== '') this.#after = after;
    this.#words = [];
  }

  #word(): string | undefined {
    const from = this.#at;
    if (this.#words.length === 0) this.#start = this.#line;
    let value: string | undefined = '';
    const add = (text: string | undefined): void => {
      value = value === undefined || text === undefined ? undefined : value + text;
    };
    while (this.#at < this.#text.length) {
      const sign = this.#text[this.#at]!;
      if (/[\s;|(){}]/.test(sign)) break;
      if (sign === '`') {
        if (/^`\r?\n/.test(this.#text.slice(this.#at, this.#at + 3))) break;
        add(this.#text[this.#at + 1] ?? '');
        this.#at += 2;
      } else if (sign === "'") {
        const end = /^'((?:[^']|'')*)'/.exec(this.#text.slice(this.#at));
        if (end === null) return 'a quote is not closed';
        add(end[1]!.replaceAll("''", "'"));
        this.#moveTo(this.#at + end[0].length);
      } else if (sign === '"') {
        const problem = this.#quoted(add);
        if (problem !== undefined) return problem;
      } else if (sign === '$') this.#variable(add);
      else {
        add(sign);
        this.#at++;
      }
    }
    if (this.#at === from) this.#at++;
    this.#words.push({ text: value, written: this.#text.slice(from, this.#at) });
    return undefined;
  }

  #quoted(add: (text: string | undefined) => void): string | undefined {
    this.#at++;
    while (this.#at < this.#text.length) {
      const sign = this.#text[this.#at]!;
      if (sign === '"' && this.#text[this.#at + 1] !== '"') {
        this.#at++;
        return undefined;
      }
      if (sign === '`' || sign === '"') {
        add(this.#text[this.#at + 1] ?? '');
        this.#moveTo(this.#at + 2);
      } else if (sign === '$') this.#variable(add);
      else {
        add(sign);
        this.#moveTo(this.#at + 1);
      }
    }
    return 'a quote is not closed';
  }

  #variable(add: (text: string | undefined) => void): void {
    const match = /^\$(?:\{([^}]+)\}|((?:\w+:)?\w+))/.exec(this.#text.slice(this.#at, this.#at + 200));
    if (match !== null) {
      const end = this.#at + match[0].length;
      const name = (match[1] ?? match[2])!.toLowerCase();
      // `$x.name` and `$x[0]` are parts of a value.
      const part = /^[.[]\w/.test(this.#text.slice(end, end + 2));
      const known = name.startsWith('env:') ? this.#lookup(name.slice(4)) : this.#assigned.get(name);
      add(part ? undefined : known);
      this.#at = end;
      return;
    }
    if (this.#text[this.#at + 1] === '(') {
      add(undefined);
      let depth = 0;
      do {
        if (this.#text[this.#at] === '(') depth++;
        if (this.#text[this.#at] === ')') depth--;
        this.#moveTo(this.#at + 1);
      } while (this.#at < this.#text.length && (depth > 0 || this.#text[this.#at - 1] !== ')'));
      return;
    }
    add('$');
    this.#at++;
  }

  /** `$name = 'value'` at the top; one that is assigned twice, or in a block, is not known. */
  #assign(words: readonly Word[]): void {
    const name = /^\$(\w+)$/.exec(words[0]?.written ?? '');
    if (name === null || !/^[-+]?=$/.test(words[1]?.written ?? '')) return;
    const key = name[1]!.toLowerCase();
    const plain =
      words.length === 3 && words[1]!.written === '=' && this.#blocks.length === 0 && !this.#assigned.has(key);
    this.#assigned.set(key, plain ? words[2]!.text : undefined);
  }

  #hereString(): string | undefined {
    const quote = this.#text[this.#at + 1]!;
    const problem = this.#skip(`\n${quote}@`, 'a here-string');
    this.#words.push({ text: undefined, written: '@"..."@' });
    return problem;
  }

  #skip(end: string, what: string): string | undefined {
    const at = this.#text.indexOf(end, this.#at + 2);
    if (at === -1) return `${what} is not closed`;
    this.#moveTo(at + end.length);
    return undefined;
  }

  #endOfLine(): number {
    const end = this.#text.indexOf('\n', this.#at);
    return end === -1 ? this.#text.length : end;
  }

  #moveTo(at: number): void {
    for (let index = this.#at; index < at; index++) if (this.#text[index] === '\n') this.#line++;
    this.#at = at;
  }
}
