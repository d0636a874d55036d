import type { Command, Lookup, Script, Statement } from './command.ts';
import { groupStatements } from './shell-groups.ts';
import { shellTokens } from './shell-words.ts';

/**
 * Reads the commands of a `bash` or `script` step: each with what may keep it from running, and with why its failure
 * would not fail the step. Such a step fails with the exit code of its last command, unless it says `set -e` (documented).
 */
export function readShell(text: string, lookup: Lookup): Script {
  const tokens = shellTokens(text, lookup);
  if (typeof tokens === 'string') return { unreadable: tokens };
  const statements = groupStatements(tokens);
  const commands: Command[] = [];
  const shell = new Shell(commands, statements.flatMap(flat).some(isFunctionThatEndsWell));
  shell.read(statements, { stopsOnError: false, pipesFail: false, left: undefined, trapped: undefined }, OUTSIDE);
  return { commands };
}

/** What a shell has been told so far; a subshell goes on with a copy. */
interface State {
  stopsOnError: boolean;
  pipesFail: boolean;
  /** Why the script may be over already, without a failure. */
  left: string | undefined;
  /** Why a failure that ends the script may be none. */
  trapped: string | undefined;
}

/** What the groups around a command do to it. */
interface Around {
  readonly guard: string | undefined;
  readonly masked: string | undefined;
  /** `set -e` has no effect in here: something asks how the group ends. */
  readonly asked: boolean;
  readonly subshell: boolean;
}

const OUTSIDE: Around = { guard: undefined, masked: undefined, asked: false, subshell: false };

class Shell {
  readonly #commands: Command[];
  readonly #functionEndsWell: boolean;

  constructor(commands: Command[], functionEndsWell: boolean) {
    this.#commands = commands;
    this.#functionEndsWell = functionEndsWell;
  }

  read(items: readonly Statement[], state: State, around: Around): void {
    const chainEnds = chainEndsOf(items);
    items.forEach((item, at) => {
      const stops = state.stopsOnError && !around.asked;
      const guard = around.guard ?? state.left ?? guardOf(items, at);
      const masked =
        around.masked ??
        state.trapped ??
        maskOf({ items, chainEnds, stopsOnError: stops, pipesFail: state.pipesFail }, at);
      if (item.group === undefined) {
        const { words, line } = item;
        this.#commands.push({ words, line, guard, masked });
        this.#listen(items, at, state, around);
        return;
      }
      const { subshell } = item.group;
      const asked = around.asked || item.negated || item.behind === '&&' || item.behind === '||';
      const within = { guard, masked, asked, subshell: around.subshell || subshell };
      this.read(item.group.items, subshell ? { ...state } : state, within);
    });
  }

  /** Takes note of `set`, `trap` and `exit`, for what stands behind them. */
  #listen(items: readonly Statement[], at: number, state: State, around: Around): void {
    const { words, block, line } = items[at]!;
    const [first, ...rest] = words.map((word) => word.text ?? '');
    if (first === 'set') {
      const [stops, pipes] = [switched(rest, 'e', 'errexit'), switched(rest, '', 'pipefail')];
      // In a block it may be said, or not; what it takes back cannot be relied on any more.
      const sure = block === undefined;
      if (stops !== undefined && (sure || !stops)) state.stopsOnError = stops;
      if (pipes !== undefined && (sure || !pipes)) state.pipesFail = pipes;
    }
    if (first === 'trap' && rest.some((signal) => /^(?:EXIT|ERR|0)$/.test(signal)) && this.#endsWell(rest[0] ?? ''))
      state.trapped = `the trap on line ${line + 1} ends the script without a failure`;
    if (first === 'exit' && !around.subshell && exitsWell(items, at))
      state.left ??= `the script may end before it without a failure, on line ${line + 1}`;
  }

  #endsWell(handler: string): boolean {
    return /\bexit\s+0\b/.test(handler) || (this.#functionEndsWell && /^\w+$/.test(handler));
  }
}

/** `set -euo pipefail`, `set +e`, `set -o errexit`; undefined when it says nothing of this option. */
function switched(options: readonly string[], letter: string, name: string): boolean | undefined {
  let state: boolean | undefined;
  options.forEach((option, at) => {
    const on = option.startsWith('-');
    if (!on && !option.startsWith('+')) return;
    if (letter !== '' && option.slice(1).includes(letter)) state = on;
    if (option.includes('o') && options[at + 1] === name) state = on;
  });
  return state;
}

function flat(item: Statement): readonly Statement[] {
  return item.group === undefined ? [item] : item.group.items.flatMap(flat);
}

function isFunctionThatEndsWell({ words, inFunction }: Statement): boolean {
  return inFunction && words[0]?.text === 'exit' && words[1]?.text === '0';
}

/** `exit 0`; `exit` alone keeps the outcome of what ran before, which failed only behind `||`. */
function exitsWell(items: readonly Statement[], at: number): boolean {
  const [, code] = items[at]!.words;
  return code === undefined ? items[at - 1]?.behind !== '||' : code.text === '0';
}

function guardOf(items: readonly Statement[], at: number): string | undefined {
  const { block } = items[at]!;
  if (block !== undefined) return `it stands in ${block === 'if' ? 'an' : 'a'} ${block} of its script`;
  return items[at - 1]?.behind === '||' ? 'it runs only when another command failed' : undefined;
}

/** Where each chain of `&&` and `|` ends, by its members. */
function chainEndsOf(items: readonly Statement[]): readonly number[] {
  const ends = items.map((_, at) => at);
  for (let at = items.length - 2; at >= 0; at--)
    if (items[at]!.behind === '&&' || items[at]!.behind === '|') ends[at] = ends[at + 1]!;
  return ends;
}

/** A list of commands, and what the shell does there about one that fails. */
interface Within {
  readonly items: readonly Statement[];
  readonly chainEnds: readonly number[];
  readonly stopsOnError: boolean;
  readonly pipesFail: boolean;
}

function maskOf(within: Within, at: number): string | undefined {
  const { items, chainEnds, stopsOnError, pipesFail } = within;
  const { behind, negated } = items[at]!;
  if (negated) return 'the `!` before it turns its outcome around';
  // An assignment ends as what it is given does; any other command has an end of its own.
  if (behind === 'inside') {
    let host = at + 1;
    while (items[host]?.behind === 'inside') host++;
    const words = items[host]?.words ?? [];
    return words.length > 0 && words.every(({ written }) => /^\w+=/.test(written))
      ? maskOf(within, host)
      : 'the command that it stands in hides a failure of it';
  }
  if (behind === '&') return 'it runs in the background';
  if (behind === '|' && !pipesFail) return 'only the last command of a pipe tells a failure: add `set -o pipefail`';
  const last = chainEnds[at]!;
  // A list that ends with `||` is taken care of there, and one in the background is waited for by nobody.
  if (items[last]?.behind === '||') {
    const stays = ends(items[last + 1]) || (isFalse(items[last + 1]) && maskOf(within, last + 1) === undefined);
    return stays ? undefined : 'a failure is taken care of by the command behind `||`';
  }
  if (items[last]?.behind === '&') return 'it runs in the background';
  const isLast = last >= items.length - 1;
  if (isLast) return undefined;
  if (items[at - 1]?.behind === '&&' || behind === '&&')
    return 'the script goes on when a command joined by `&&` fails: write them on lines of their own, after `set -e`';
  return stopsOnError ? undefined : 'the script goes on after a failure of it: begin the script with `set -e`';
}

/** `exit 1`, `{ echo "that was it"; exit 1; }`: the script ends with the failure. */
function ends(item: Statement | undefined): boolean {
  if (item?.group !== undefined) {
    const { items } = item.group;
    const sure = items.findIndex((one, at) => isExit(one) && (items[at - 1]?.behind ?? 'end') === 'end');
    return sure !== -1 && ends(items[sure]) && !items.slice(0, sure).some(isExit);
  }
  const [first, second] = (item?.words ?? []).map(({ text }) => text);
  return (first === 'exit' || first === 'return') && second !== '0';
}

function isFalse(item: Statement | undefined): boolean {
  return item?.words[0]?.text === 'false';
}

function isExit({ words }: Statement): boolean {
  return words[0]?.text === 'exit' || words[0]?.text === 'return';
}
