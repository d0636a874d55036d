import type { Command, Lookup, Script, Separator, Statement, Word } from './command.ts';
import { CLOSERS, OPENERS, shellTokens, type Token } from './shell-words.ts';

/** Words before a command that leave it what it is. */
const LEADS = new Set([
  'then',
  'do',
  'else',
  'elif',
  '!',
  'time',
  'sudo',
  'exec',
  'command',
  'call',
  '{',
  'if',
  'while',
  'until',
]);

/**
 * Reads the commands of a `bash` or `script` step: each with what may keep it from running, and with why its failure
 * would not fail the step. Such a step fails with the exit code of its last command, unless it says `set -e` (documented).
 */
export function readShell(text: string, lookup: Lookup): Script {
  const tokens = shellTokens(text, lookup);
  if (typeof tokens === 'string') return { unreadable: tokens };
  const statements = split(tokens);
  let stopsOnError = false;
  let pipesFail = false;
  const commands = statements.map((statement, at): Command => {
    const { words, line, blocks } = statement;
    const [first, ...options] = words.map((word) => word.text ?? '');
    if (first === 'set' && blocks.length === 0) {
      stopsOnError = switched(options, 'e', 'errexit', stopsOnError);
      pipesFail = switched(options, '', 'pipefail', pipesFail);
    }
    const guard = guardOf(statements, at);
    return { words, line, guard, masked: maskOf(statements, at, stopsOnError, pipesFail) };
  });
  return { commands };
}

/** `set -euo pipefail`, `set +e`, `set -o errexit`. */
function switched(options: readonly string[], letter: string, name: string, before: boolean): boolean {
  let state = before;
  options.forEach((option, at) => {
    const on = option.startsWith('-');
    if (!on && !option.startsWith('+')) return;
    if (letter !== '' && option.slice(1).includes(letter)) state = on;
    if (option.includes('o') && options[at + 1] === name) state = on;
  });
  return state;
}

/** Commands with the blocks around them. Words that only lead to a command are taken off it. */
function split(tokens: readonly Token[]): Statement[] {
  const statements: Statement[] = [];
  const blocks: string[] = [];
  let words: Word[] = [];
  let line = 0;
  const finish = (behind: Separator): void => {
    if (words.length > 0) statements.push({ words, line, blocks: [...blocks], behind });
    words = [];
  };
  for (const token of tokens) {
    if (token.kind === 'separator') {
      finish(token.separator);
      continue;
    }
    if (token.kind === 'bracket') {
      // `name() {` begins a function; other brackets only group.
      if (token.text === '(' && words.length === 1) blocks.push('function');
      if (token.text === '(' && words.length === 1) words = [];
      else finish('end');
      continue;
    }
    const { text } = token.word;
    if (words.length > 0 || !token.plain || text === undefined) {
      if (words.length === 0) line = token.line;
      words.push(token.word);
    } else if (CLOSERS.has(text)) blocks.pop();
    else {
      if (OPENERS.has(text)) blocks.push(text);
      else if (text === 'function') blocks.push(text);
      else if (text === '{' && blocks.at(-1) !== 'function') blocks.push('{');
      if (LEADS.has(text) || text === 'function') continue;
      line = token.line;
      words = [token.word];
    }
  }
  finish('end');
  return statements;
}

function guardOf(statements: readonly Statement[], at: number): string | undefined {
  const block = statements[at]!.blocks.find((name) => name !== '{');
  if (block !== undefined) return `it stands in ${block === 'if' ? 'an' : 'a'} ${block} of its script`;
  return statements[at - 1]?.behind === '||' ? 'it runs only when another command failed' : undefined;
}

function maskOf(
  statements: readonly Statement[],
  at: number,
  stopsOnError: boolean,
  pipesFail: boolean,
): string | undefined {
  const { behind } = statements[at]!;
  // An assignment ends as what it is given does; any other command has an end of its own.
  if (behind === 'inside') {
    let host = at + 1;
    while (statements[host]?.behind === 'inside') host++;
    return statements[host]?.words.every(({ written }) => /^\w+=/.test(written)) === true
      ? maskOf(statements, host, stopsOnError, pipesFail)
      : 'the command that it stands in hides a failure of it';
  }
  if (behind === '&') return 'it runs in the background';
  if (behind === '|' && !pipesFail) return 'only the last command of a pipe tells a failure: add `set -o pipefail`';
  if (behind === '||')
    return ends(statements[at + 1]) ? undefined : 'a failure is taken care of by the command behind `||`';
  let last = at;
  while (statements[last]?.behind === '&&' || statements[last]?.behind === '|') last++;
  const isLast = last >= statements.length - 1;
  if (isLast) return undefined;
  if (statements[at - 1]?.behind === '&&' || behind === '&&')
    return 'the script goes on when a command joined by `&&` fails: write them on lines of their own, after `set -e`';
  return stopsOnError ? undefined : 'the script goes on after a failure of it: begin the script with `set -e`';
}

/** `exit 1`, `false`, `return 1`: the failure stays one. */
function ends(statement: Statement | undefined): boolean {
  const [first, second] = (statement?.words ?? []).map(({ text }) => text);
  return first === 'false' || ((first === 'exit' || first === 'return') && second !== '0');
}
