import { azCall, funcCall, swaCall, type Called } from './azure-calls.ts';
import { helmCall, kubectlCall } from './cluster-calls.ts';
import { azurePowerShellCall } from './cmdlet-calls.ts';
import { OTHER_PROGRAMS, otherCall } from './other-calls.ts';
import type { Command, Word } from './command.ts';
import { readShell } from './read-shell.ts';

const PROGRAMS: ReadonlyMap<string, (words: readonly Word[]) => Called> = new Map([
  ['az', azCall],
  ['func', funcCall],
  ['swa', swaCall],
  ['kubectl', kubectlCall],
  ['helm', helmCall],
  ...OTHER_PROGRAMS.map((name): [string, (words: readonly Word[]) => Called] => [name, otherCall(name)]),
]);

/** What a call is called in messages: its first words. */
export interface Call {
  readonly call: string;
  readonly called: Exclude<Called, undefined>;
  /** Why nobody would see it fail, however its script goes on. */
  readonly unseen: string | undefined;
}

/** Programs that are given another program to run. */
const WRAPPERS = new Set(['sudo', 'time', 'nohup', 'env', 'exec', 'command', 'npx', 'call', 'cmd', 'winpty']);
const RUNNERS =
  /^(?:bash|sh|zsh|taskctl|pwsh|powershell|python3?|node|npx|npm|yarn|pnpm|make|just|task|gulp|ant|source|\.|&|dotnet|cmd)$/;
/** Programs that only show or move text, whatever it says. */
const HARMLESS = new Set(
  'echo printf cat ls cd mkdir rm cp mv grep sed awk test [ [[ export write-host write-output write-information set-location chmod git tar zip unzip find tee git curl wget jq logger'.split(
    ' ',
  ),
);
const LOOKS_LIKE_DEPLOYMENT = /(?:^|[/\\:._-])(?:deploy|deployment|swap|rollout)(?:[._-]|$)/i;

/** Names of scripts that ask and change nothing. */
const ASKS_ONLY = /(?:^|[/\\])(?:wait|get|test|check|verify|validate|assert|list|show|lint|plan)(?:[-_]|for)[^/\\]*$/i;

/** Whether a script says in its name that it only looks: `Wait-Deployment.ps1`. */
export function asksOnly(path: string): boolean {
  return ASKS_ONLY.test(path);
}

/**
 * What one command deploys. A script that is called and says in its name that it deploys is one that cannot be read;
 * a program that is known but called through another one is as well.
 */
export function readCall({ words }: Command): Call | undefined {
  const own = unwrap(words);
  const found = readProgram(own);
  return found === undefined ? undefined : { ...found, unseen: goesOn(own) };
}

/** Options by which a call returns before it has done its work: how that ends, its exit code does not tell. */
function goesOn(words: readonly Word[]): string | undefined {
  const at = words.findIndex(({ text }) => /^(?:--no-wait|--async(?:=.*)?|-async|-asjob|-nowait)$/i.test(text ?? ''));
  if (at === -1) return undefined;
  const { text = '' } = words[at]!;
  if (/^--async(?:=false)?$/i.test(text) && (text.includes('=') || words[at + 1]?.text?.toLowerCase() === 'false'))
    return undefined;
  return `with ${text} it does not wait for its own end`;
}

/** Where App Service takes releases over HTTP (Kudu, documented). */
const KUDU = /\/api\/(?:zipdeploy|wardeploy|publish)\b/i;

function readProgram(own: readonly Word[]): Omit<Call, 'unseen'> | undefined {
  // `NAME=value` alone runs nothing; what runs inside of the value is a command of its own.
  if (own.length === 1 && /^\w+\+?=/.test(own[0]!.written)) return undefined;
  const program = programOf(own[0]);
  if (own.slice(1).some(({ text, written }) => KUDU.test(text ?? written)))
    return { call: program ?? own[0]!.written, called: 'a release is sent to an app over HTTP' };
  if (program === undefined || HARMLESS.has(program)) return undefined;
  const read = PROGRAMS.get(program);
  const rest = own.slice(1);
  const called = read === undefined ? azurePowerShellCall(program, rest) : read(rest);
  if (called !== undefined) return { call: nameOf(program, rest), called };
  // `dotnet run` may be given anything.
  if (read !== undefined && !RUNNERS.test(program)) return undefined;
  const inside = rest.findIndex((word) => PROGRAMS.has(programOf(word) ?? ''));
  if (inside !== -1) {
    const inner = PROGRAMS.get(programOf(rest[inside])!)!(rest.slice(inside + 1));
    if (inner === undefined) return undefined;
    return {
      call: program,
      called: `\`${program}\` calls ${nameOf(programOf(rest[inside])!, rest.slice(inside + 1))}`,
    };
  }
  if (rest.some(holdsCall))
    return {
      call: program,
      called: `\`${program}\` is given a text that deploys, and that is not read: call it directly`,
    };
  // `pnpm deploy` puts a package and what it needs into a folder.
  if (program === 'pnpm' && !rest.some(({ text }) => text === 'run')) return undefined;
  const looks = RUNNERS.test(program) ? rest : own.slice(0, 1);
  const script = looks.find(
    ({ text }) => text !== undefined && !/\s/.test(text) && LOOKS_LIKE_DEPLOYMENT.test(text) && !asksOnly(text),
  );
  if (script === undefined) return undefined;
  return { call: program, called: `'${script.written}' is not read, and seems to deploy` };
}

/** `bash -c "az webapp deploy ..."`, `ssh host 'kubectl apply ...'`, the text of a here-document. */
function holdsCall({ text, written }: Word): boolean {
  const script = text ?? written.replace(/^(["'])([\s\S]*)\1$/, '$2');
  if (!/\s/.test(script) || !MAY_CALL.test(script)) return false;
  const read = readShell(script, () => undefined);
  // What cannot be taken apart names a program that could deploy: that is enough.
  return !('commands' in read) || read.commands.some(({ words }) => isCall(unwrap(words)));
}

const MAY_CALL =
  /\b(?:az|func|swa|kubectl|helm|azd|skaffold|helmfile|argocd)(?:\.cmd|\.exe)?\s|-AzWebApp|-AzContainerApp/i;

function isCall([first, ...rest]: readonly Word[]): boolean {
  const program = programOf(first) ?? '';
  return (PROGRAMS.get(program)?.(rest) ?? azurePowerShellCall(program, rest)) !== undefined;
}

/** The command behind `sudo`, `npx --yes`, `NAME=value` and the like. */
function unwrap(words: readonly Word[]): readonly Word[] {
  let at = 0;
  while (at < words.length - 1) {
    const { text, written } = words[at]!;
    const assigns = /^\w+=/.test(written) || (/^\$\w+$/.test(written) && words[at + 1]?.written === '=');
    const option = at > 0 && (text ?? '').startsWith('-');
    if (/^\$\w+$/.test(written) && assigns) at++;
    else if (!assigns && !option && !WRAPPERS.has(text ?? '')) break;
    at++;
  }
  return words.slice(at);
}

/** `C:\tools\az.cmd` and `./az` are `az`. */
function programOf(word: Word | undefined): string | undefined {
  const file = word?.text?.split(/[/\\]/).at(-1)?.toLowerCase();
  return file?.replace(/\.(?:exe|cmd|bat)$/, '').replace(/@.*$/, '');
}

function nameOf(program: string, rest: readonly Word[]): string {
  const end = rest.findIndex(({ text }) => text === undefined || text.startsWith('-'));
  const verbs = (end === -1 ? rest : rest.slice(0, end)).map(({ text }) => text ?? '');
  return [program, ...verbs.slice(0, program === 'az' ? 4 : program === 'func' ? 3 : 1)].join(' ');
}
