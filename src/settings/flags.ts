import { parseArgs } from 'node:util';
import { didYouMean } from '../finding/nearest.ts';
import type { Problem, Source } from './read.ts';
import type { Setting, SettingRecord } from './setting.ts';

export interface Flags {
  readonly source: Source;
  /** What stood on the command line without a flag before it, in order. */
  readonly positionals: readonly string[];
  /** Flags that nobody knows, that lack a value or that come twice. */
  readonly problems: readonly Problem[];
}

/** The flag of a setting: `swapDeadline` is `--swap-deadline`. */
export function flagOf(name: string): string {
  return `--${kebabCase(name)}`;
}

/** Takes a command line apart by the settings that may stand on it. Texts are not read as values here. */
export function readFlags(settings: SettingRecord, args: readonly string[]): Flags {
  const named = withAliases(settings);
  const flags = new Map(Object.keys(named).map((name) => [kebabCase(name), name]));
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries([...flags].map(([flag, name]) => [flag, { type: optionType(named[name]) }])),
    strict: false,
    allowNegative: true,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string>();
  const positionals: string[] = [];
  const problems: Problem[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    // `--bake --settle 3m`: the parser would take the next flag for the value.
    const value = token.inlineValue === false && token.value.startsWith('--') ? undefined : token.value;
    const read = readFlag(token.name, token.rawName, value, flags, named);
    if (!read.ok) {
      problems.push(read.problem);
      continue;
    }
    const before = given.get(read.name);
    if (before === undefined) given.set(read.name, read.text);
    else if (['list', 'lines'].includes(named[read.name]?.kind ?? '')) given.set(read.name, `${before}\n${read.text}`);
    else problems.push({ name: token.rawName, value: read.text, rule: `was already given as '${before}'` });
  }
  return { source: (name) => given.get(name), positionals, problems };
}

/** Settings by every name that a flag may have. Aliases of other tasks' inputs begin with a capital, and are no flags. */
function withAliases(settings: SettingRecord): SettingRecord {
  const aliases = Object.values(settings).flatMap((setting) =>
    (setting.aliases ?? []).filter((alias) => /^[a-z]/.test(alias)).map((alias) => [alias, setting] as const),
  );
  return { ...Object.fromEntries(aliases), ...settings };
}

type ReadFlag =
  | { readonly ok: true; readonly name: string; readonly text: string }
  | { readonly ok: false; readonly problem: Problem };

function readFlag(
  flag: string,
  raw: string,
  value: string | undefined,
  flags: ReadonlyMap<string, string>,
  settings: SettingRecord,
): ReadFlag {
  const name = flags.get(flag);
  const negated = name === undefined && flag.startsWith('no-') ? flags.get(flag.slice(3)) : undefined;
  if (negated !== undefined && value === undefined && settings[negated]?.kind === 'boolean')
    return { ok: true, name: negated, text: 'false' };
  if (name === undefined) {
    const rule = `is not a flag of this command${didYouMean(flag, flags.keys()).replace("'", "'--")}`;
    return { ok: false, problem: { name: raw, value: undefined, rule } };
  }
  if (settings[name]?.kind === 'boolean') return { ok: true, name, text: value ?? String(!raw.startsWith('--no-')) };
  if (value === undefined) return { ok: false, problem: { name: raw, value, rule: 'needs a value after it' } };
  return { ok: true, name, text: value };
}

function optionType(setting: Setting<unknown> | undefined): 'boolean' | 'string' {
  return setting?.kind === 'boolean' ? 'boolean' : 'string';
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
