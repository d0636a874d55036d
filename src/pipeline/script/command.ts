/** One word of a command. */
export interface Word {
  /** Undefined: some part of it is known only at run time. */
  readonly text: string | undefined;
  /** As written, for a message. */
  readonly written: string;
}

/** One command of a script, in the order of the text. */
export interface Command {
  readonly words: readonly Word[];
  /** The line it begins on, counted from 0 in its script. */
  readonly line: number;
  /** What may keep it from running, or undefined: it runs whenever its script does. */
  readonly guard: string | undefined;
  /** Why its failure would not fail the script, or undefined: it would. */
  readonly masked: string | undefined;
}

/** What a script says, or why it could not be read. */
export type Script = { readonly commands: readonly Command[] } | { readonly unreadable: string };

/** A variable of the shell: its value, or undefined when it is known only at run time. */
export type Lookup = (name: string) => string | undefined;

/** Between two commands: what stands behind one and decides whether the next one runs. */
export type Separator =
  | 'end'
  | '&&'
  | '||'
  | '|'
  | '&'
  /** The command ran inside a word of the next one. */
  | 'inside';

/** A command, or a group of them in brackets or braces, with what surrounds it, before it is judged. */
export interface Statement {
  /** Empty for a group. */
  readonly words: readonly Word[];
  readonly line: number;
  /** The outermost block that it stands in: `if`, `for`, `function`. */
  readonly block: string | undefined;
  readonly inFunction: boolean;
  behind: Separator;
  /** It stands behind `!`. */
  readonly negated: boolean;
  readonly group: { readonly items: readonly Statement[]; readonly subshell: boolean } | undefined;
}

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
