import type { Command, Word } from './command.ts';

/** A command of a PowerShell script as it is read. */
export interface Draft {
  readonly words: readonly Word[];
  readonly line: number;
  /** How many braces it stands in. */
  readonly depth: number;
  /** The script itself runs it, and no function or block that is given to a cmdlet. */
  readonly own: boolean;
  /** It begins with `&`: what follows in quotes is a program, and no text. */
  readonly invoked: boolean;
  /** What stands before it in its pipe or chain. */
  readonly after: '' | '|' | '&&' | '||';
}

/** What the inputs of the task say about errors: its defaults are those of Microsoft's tasks. */
export interface Ends {
  /** `$ErrorActionPreference` at the beginning is `stop`. */
  readonly stopsOnError: boolean;
  /** The exit code of the last program fails the step. */
  readonly readsExitCode: boolean;
}

/** Words whose braces hold what the script itself runs. */
export const BLOCK_WORDS: ReadonlySet<string> = new Set(
  'if elseif else foreach for while do switch try catch finally'.split(' '),
);

/** Words that are no command. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  ...BLOCK_WORDS,
  ...'function param return throw exit trap continue break'.split(' '),
]);

/** What may keep each command from running, and why its failure would not fail the step. */
export function judgeDrafts(drafts: readonly Draft[], ends: Ends): Pick<Command, 'guard' | 'masked'>[] {
  let stops = ends.stopsOnError;
  let strict = false;
  let left: string | undefined;
  const trapped = drafts.some(({ words }) => wordOf(words) === 'trap');
  // For each command whether a later one, with nothing but itself in between, ends with an exit code of its own.
  const hidden = new Array<boolean>(drafts.length).fill(false);
  let later = false;
  for (let at = drafts.length - 1; at >= 0; at--) {
    hidden[at] = later;
    later ||= setsExitCode(drafts[at]!);
  }
  return drafts.map((draft, at) => {
    const { words, depth, after } = draft;
    const preference = assigned(words, 'erroractionpreference');
    if (preference !== undefined) stops = /^["']?stop["']?$/i.test(preference) && (depth === 0 || stops);
    const native = assigned(words, 'psnativecommanduseerroractionpreference');
    if (native !== undefined) strict = /^\$true$/i.test(native) && depth === 0;
    const guard =
      depth > 0
        ? 'it stands in a block of its script'
        : after === '||' || after === '&&'
          ? 'it runs only by the outcome of another command'
          : left;
    if (endsWell(draft)) left ??= `the script may end before it without a failure, on line ${draft.line + 1}`;
    const called = withoutTarget(words);
    if (words.at(-1)?.written === '&') return { guard, masked: 'it runs in the background' };
    if (isNative(called, draft.invoked)) {
      const seen = (strict && stops) || isChecked(drafts, at);
      const masked = seen ? undefined : exitCodeMask(ends, hidden[at]!);
      return { guard, masked };
    }
    return { guard, masked: CMDLET.test(called[0]?.written ?? '') ? errorMask(called, stops, trapped) : undefined };
  });
}

const CMDLET = /^[A-Za-z]+-[A-Za-z]+$/;

function exitCodeMask({ readsExitCode }: Ends, hidden: boolean): string | undefined {
  const cure = 'add `if ($LASTEXITCODE) { exit $LASTEXITCODE }` behind it';
  if (!readsExitCode) return `the step ignores the exit code of a program: ${cure}`;
  return hidden ? `the exit code of a later command hides a failure of it: ${cure}` : undefined;
}

function errorMask(words: readonly Word[], stops: boolean, trapped: boolean): string | undefined {
  const at = words.findIndex(({ written }) => /^-(?:ErrorAction|EA)(?::|$)/i.test(written));
  const action = at === -1 ? undefined : words[at]!.written.split(':')[1] || words[at + 1]?.written;
  if (action === undefined && !stops) return 'the script goes on after an error: set `$ErrorActionPreference` to stop';
  if (action !== undefined && !/^["']?stop["']?$/i.test(action)) return `-ErrorAction ${action} lets the script go on`;
  return trapped ? 'a trap of the script takes care of an error' : undefined;
}

/** What stands behind `$name =`. */
function withoutTarget(words: readonly Word[]): readonly Word[] {
  return /^(?:\[[\w.]+\])?\$[\w:]+$/.test(words[0]?.written ?? '') && /^[-+]?=$/.test(words[1]?.written ?? '')
    ? words.slice(2)
    : words;
}

/** The value that is given to a variable here, as it is written. */
function assigned(words: readonly Word[], name: string): string | undefined {
  const [variable, sign, value] = words.map(({ written }) => written);
  const own = /^\$(?:(?:global|script|local|env):)?(\w+)$/i.exec(variable ?? '')?.[1]?.toLowerCase();
  return own === name && sign === '=' ? value : undefined;
}

function wordOf(words: readonly Word[]): string {
  return words[0]?.written.toLowerCase() ?? '';
}

/** A program, as against a cmdlet (`Write-Host`), an assignment or a word of the language. */
function isNative(words: readonly Word[], invoked: boolean): boolean {
  const [first, second] = words.map(({ written }) => written);
  if (first === '&' && second !== undefined) return true;
  const name = first ?? '';
  // A text or a number that stands for itself.
  if (!invoked && /^["']|^[\d.]+$/.test(name)) return false;
  return /^[\w.&"'/\\]/.test(name) && !CMDLET.test(name) && !KEYWORDS.has(name.toLowerCase());
}

/** A later program, `exit 0`, `$LASTEXITCODE = 0`: what ran before is no longer what the step ends with. */
function setsExitCode({ words, invoked }: Draft): boolean {
  const called = withoutTarget(words);
  if (isNative(called, invoked) || assigned(words, 'lastexitcode') !== undefined) return true;
  return wordOf(words) === 'exit' && (words[1] === undefined || words[1].text === '0');
}

/** `exit 0`, and `return` outside of a function. */
function endsWell({ words, own }: Draft): boolean {
  const word = wordOf(words);
  if (word === 'exit') return words[1] === undefined || words[1].text === '0';
  return word === 'return' && own;
}

/** `if ($LASTEXITCODE -ne 0) { throw }` right behind a command: a check that ends the script. */
function isChecked(drafts: readonly Draft[], at: number): boolean {
  const check = drafts[at + 1];
  if (check === undefined || wordOf(check.words) !== 'if') return false;
  if (!check.words.some(({ written }) => /\$LASTEXITCODE|\$\?/i.test(written))) return false;
  for (const { words, depth } of drafts.slice(at + 2)) {
    const word = wordOf(words);
    if (depth <= check.depth && word !== 'else' && word !== 'elseif') return false;
    if (word === 'throw' || word === 'write-error') return true;
    if (word === 'exit' && words[1] !== undefined && words[1].text !== '0') return true;
  }
  return false;
}
