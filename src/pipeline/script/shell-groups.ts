import { CLOSERS, OPENERS, type Separator, type Statement, type Token, type Word } from './command.ts';

/** Words before a command that leave it what it is. */
const LEADS = new Set([
  'then',
  'do',
  'else',
  'elif',
  'time',
  'sudo',
  'exec',
  'command',
  'call',
  'if',
  'while',
  'until',
]);
/** Groups inside of each other beyond this are a block that says nothing. */
const DEEPEST_GROUP = 100;

/** What is open around a command. */
type Open =
  | { readonly kind: 'block'; readonly name: string; begun: boolean }
  | {
      readonly kind: 'group';
      readonly subshell: boolean;
      readonly line: number;
      readonly negated: boolean;
      readonly into: Statement[];
    };

/** Commands in their groups, `( ... )` and `{ ...; }`, with the blocks around them. Leading words are taken off. */
export function groupStatements(tokens: readonly Token[]): readonly Statement[] {
  return new Grouping().read(tokens);
}

class Grouping {
  readonly #open: Open[] = [];
  /** Names of the blocks among them. */
  readonly #blocks: string[] = [];
  #functions = 0;
  readonly #statements: Statement[] = [];
  #items = this.#statements;
  #words: Word[] = [];
  #line = 0;
  #negated = false;
  /** A group has been closed, and what stands behind it is still to come. */
  #closed: Statement | undefined;

  read(tokens: readonly Token[]): readonly Statement[] {
    for (let at = 0; at < tokens.length; at++) {
      const token = tokens[at]!;
      if (token.kind === 'separator') this.#finish(token.separator);
      else if (token.kind === 'word') this.#word(token);
      else if (token.text === ')') this.#closeBracket();
      else {
        const next = tokens[at + 1];
        const isFunction = this.#words.length === 1 && next?.kind === 'bracket' && next.text === ')';
        if (!isFunction) this.#openBracket(token.line);
        else {
          this.#words = [];
          this.#enter('function', false);
          at++;
        }
      }
    }
    this.#finish('end');
    while (this.#open.length > 0) this.#close();
    return this.#statements;
  }

  #finish(behind: Separator): void {
    if (this.#words.length > 0) {
      const [words, line, negated] = [this.#words, this.#line, this.#negated];
      this.#items.push({ words, line, ...this.#around(), behind, negated, group: undefined });
    } else if (this.#closed !== undefined) this.#closed.behind = behind;
    this.#words = [];
    this.#closed = undefined;
    this.#negated = false;
  }

  #around(): Pick<Statement, 'block' | 'inFunction'> {
    return { block: this.#blocks[0], inFunction: this.#functions > 0 };
  }

  #enter(name: string, begun: boolean): void {
    this.#open.push({ kind: 'block', name, begun });
    this.#blocks.push(name);
    if (name === 'function') this.#functions++;
  }

  #word({ word, plain, line }: Extract<Token, { kind: 'word' }>): void {
    const { text } = word;
    if (this.#words.length > 0 || !plain || text === undefined) {
      if (this.#words.length === 0) this.#line = line;
      this.#words.push(word);
      return;
    }
    const top = this.#open.at(-1);
    if (top?.kind === 'block' && top.name === 'function' && !top.begun) {
      // `function name`, and the brace that its body begins with.
      if (text === '{') top.begun = true;
      return;
    }
    if (CLOSERS.has(text)) {
      if (top?.kind === 'block' && top.name !== 'function') this.#close();
      return;
    }
    if (text === '}') {
      if (top?.kind === 'block' ? top.name === 'function' || top.name === 'group' : top?.subshell === false)
        this.#close();
      return;
    }
    if (OPENERS.has(text)) this.#enter(text, true);
    if (text === 'function') this.#enter(text, false);
    if (text === '!') this.#negated = true;
    if (text === '{') this.#openGroup(false, line);
    if (LEADS.has(text) || text === 'function' || text === '!' || text === '{') return;
    this.#line = line;
    this.#words = [word];
  }

  #openBracket(line: number): void {
    if (this.#words.length > 0) this.#finish('end');
    const top = this.#open.at(-1);
    // The brackets of `function name()`.
    if (top?.kind === 'block' && top.name === 'function' && !top.begun) return;
    this.#openGroup(true, line);
  }

  #openGroup(subshell: boolean, line: number): void {
    if (this.#open.length >= DEEPEST_GROUP) {
      this.#enter('group', true);
      return;
    }
    this.#open.push({ kind: 'group', subshell, line, negated: this.#negated, into: this.#items });
    this.#items = [];
    this.#negated = false;
  }

  #closeBracket(): void {
    this.#finish('end');
    const top = this.#open.at(-1);
    // Others end a pattern of `case`.
    if (top?.kind === 'block' ? top.name === 'group' : top?.subshell === true) this.#close();
  }

  #close(): void {
    const top = this.#open.pop();
    if (top?.kind === 'block') {
      this.#blocks.pop();
      if (top.name === 'function') this.#functions--;
    }
    if (top?.kind !== 'group') return;
    const { subshell, line, negated, into } = top;
    const group = { items: this.#items, subshell };
    this.#items = into;
    if (group.items.length === 0) return;
    this.#closed = { words: [], line, ...this.#around(), behind: 'end', negated, group };
    this.#items.push(this.#closed);
  }
}
