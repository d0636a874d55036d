import type { Assignments } from './assignments.ts';
import type { Token } from './command.ts';
import type { Place, ShellText } from './shell-text.ts';

interface Loop {
  readonly name: string;
  readonly values: readonly string[];
  /** The round that is read, counted from 0; undefined: it is no such loop after all, and read as any other. */
  round: number | undefined;
  /** Where its body begins, in the text. */
  readonly body: Place;
  /** Where the tokens of `for` begin, and those of the body. */
  readonly from: number;
  readonly bodyFrom: number;
  /** Blocks that are open with it. */
  readonly blocks: number;
  /** What was assigned before it. */
  readonly before: Assignments['state'];
}

/** What a `done` ends: a round, which is no word of the script then; a block, with as many around it; or something else. */
type Ended = { readonly kind: 'round' | 'other' } | { readonly kind: 'block'; readonly blocks: number };

/** Nobody writes out more than these, and each is read again. */
const MOST_ROUNDS = 50;
/** In one script: loops inside of each other multiply. */
const MOST_ROUNDS_IN_ALL = 300;

/**
 * Loops over words that stand in the script: their bodies are read once for each, with the variable as it is then, as if
 * they were written so. A loop whose end somebody asks for, or that is left early, stays a block.
 */
export class LiteralLoops {
  readonly #text: ShellText;
  readonly #variables: Assignments;
  readonly #tokens: Token[];
  readonly #open: Loop[] = [];
  #head: number | undefined;
  #rounds = 0;

  /** @param tokens of the script so far, which grow while it is read */
  constructor(text: ShellText, variables: Assignments, tokens: Token[]) {
    this.#text = text;
    this.#variables = variables;
    this.#tokens = tokens;
  }

  /** At a `for`, whose tokens begin at a place. */
  head(from: number): void {
    this.#head = from;
  }

  /**
   * At the `do` of a loop.
   * @returns whether its body is read in rounds, outside of any block of its own
   */
  begin(blocks: number): boolean {
    const from = this.#head;
    this.#head = undefined;
    const found = from === undefined ? undefined : literalWords(this.#tokens.slice(from, -1), this.#text.ahead());
    if (from === undefined || found === undefined) return false;
    this.#rounds += found.values.length;
    if (this.#rounds > MOST_ROUNDS_IN_ALL) return false;
    const { place: body } = this.#text;
    const bodyFrom = this.#tokens.length;
    this.#open.push({ ...found, round: 0, body, from, bodyFrom, blocks, before: this.#variables.state });
    this.#variables.set(found.name, found.values[0]);
    return true;
  }

  /** At a `done`, with so many blocks open. */
  end(blocks: number): Ended {
    const loop = this.#open.at(-1);
    if (loop === undefined || blocks !== loop.blocks - 1) return { kind: 'other' };
    if (loop.round === undefined) {
      this.#open.pop();
      return { kind: 'block', blocks: loop.blocks };
    }
    if (loop.round === 0 && !standsAlone(this.#text.ahead())) {
      loop.round = undefined;
      this.#tokens.length = loop.bodyFrom;
      this.#again(loop, undefined);
      return { kind: 'round' };
    }
    if (loop.round === 0) this.#tokens.splice(loop.from, loop.bodyFrom - loop.from);
    loop.round++;
    if (loop.round < loop.values.length) this.#again(loop, loop.values[loop.round]);
    else this.#open.pop();
    return { kind: 'round' };
  }

  #again({ body, before, name }: Loop, value: string | undefined): void {
    this.#text.goTo(body);
    this.#variables.restore(before);
    this.#variables.set(name, value);
  }
}

/**
 * The name and the words of a loop, by the tokens before its `do`: undefined unless all words are known as they stand
 * there, without a pattern that files would fill in.
 * @param rest the script from the body on: what leaves a round early makes it one that may not happen
 */
function literalWords(header: readonly Token[], rest: string): Pick<Loop, 'name' | 'values'> | undefined {
  const words = header.filter((token) => token.kind === 'word');
  const [first, name, separator, ...listed] = words;
  if (first?.word.text !== 'for' || separator?.word.text !== 'in') return undefined;
  if (!/^\w+$/.test(name?.word.text ?? '') || /\b(?:break|continue)\b/.test(rest)) return undefined;
  const values: string[] = [];
  for (const { word, plain } of listed) {
    if (word.text === undefined || (plain && /[*?[\]{}~]/.test(word.text))) return undefined;
    // Without quotes the shell takes a value apart at its spaces.
    values.push(...(plain ? word.text.split(/\s+/).filter((part) => part !== '') : [word.text]));
  }
  return values.length === 0 || values.length > MOST_ROUNDS ? undefined : { name: name!.word.text!, values };
}

/** Whether nothing behind `done` asks how the loop ended, or takes what it writes. */
function standsAlone(behind: string): boolean {
  return /^[ \t]*(?:$|[;\n#}]|\r\n)/.test(behind) && !/^[ \t]*;;/.test(behind);
}
