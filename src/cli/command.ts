import type { Conclusion } from '../report/conclusion.ts';
import type { RolloutEvent } from '../rollout/ports.ts';
import { flagOf, readFlags } from '../settings/flags.ts';
import { oneOf } from '../settings/kinds.ts';
import { describeProblem, readSettings, type Problem, type Source } from '../settings/read.ts';
import {
  declare,
  optional,
  withDefault,
  type Declaration,
  type Setting,
  type SettingRecord,
  type ValuesOf,
} from '../settings/setting.ts';
import { RolloutError } from '../rollout/errors.ts';

/** What a command may use of the process that it runs in. */
export interface Session {
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What stood on the command line, by setting: for settings that are shared between commands. */
  readonly flags: Source;
  tell(event: RolloutEvent): void;
  /** A line for people, on stderr. */
  say(line: string): void;
  /** What the command is for, on stdout, before it has ended: the text or the document, by `--format`. */
  print(text: string, document: unknown): void;
  readonly format: string;
  readonly story: readonly RolloutEvent[];
}

/** One command of the command line, ready to be given its arguments. */
export interface Command {
  readonly name: string;
  /** After the name: `[PIPELINE]`. */
  readonly usage: string;
  /** What it does, what it needs and what it leaves behind; a few lines. */
  readonly description: string;
  /** Command lines and what they do. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  readonly settings: SettingRecord;
  readonly groups: Readonly<Record<string, string>>;
  /** What its JSON document has even when nothing can be done. */
  readonly emptyDocument: Readonly<Record<string, unknown>>;
  /** @throws RolloutError `bad-input` with all that is wrong on the command line */
  prepare(args: readonly string[]): Prepared;
}

export interface Prepared {
  /** `json` prints the conclusion's document; every other one its text. */
  readonly format: string;
  run(session: Omit<Session, 'flags' | 'format'>): Promise<Conclusion>;
}

const FORMATS = ['text', 'json'];

function commonOf(formats: readonly string[]): { readonly format: Setting<string> } {
  const help = '`json` prints one document on stdout and nothing else.';
  return { format: withDefault(oneOf(formats, { label: 'Format', help }), 'text') };
}

/**
 * Makes a command of a declaration of settings.
 * @param positional the setting that an argument without a flag stands for
 */
export function command<R extends SettingRecord>(about: {
  readonly name: string;
  readonly usage?: string;
  readonly description: string;
  readonly examples: Command['examples'];
  readonly declaration: Declaration<R>;
  /** Settings that are read elsewhere, from `session.flags`, because other commands share them. */
  readonly extra?: SettingRecord;
  readonly positional?: keyof R & string;
  /** Formats beside text and JSON, which the command prints as its text. */
  readonly formats?: readonly string[];
  readonly emptyDocument?: Readonly<Record<string, unknown>>;
  run(settings: ValuesOf<R>, session: Session): Promise<Conclusion>;
}): Command {
  const { declaration, extra = {}, positional, name } = about;
  const common = commonOf([...FORMATS, ...(about.formats ?? [])]);
  const settings: SettingRecord = { ...withoutConnection(declaration.settings), ...extra, ...common };
  return {
    name,
    usage: about.usage ?? '',
    description: about.description,
    examples: about.examples,
    settings,
    groups: declaration.groups,
    emptyDocument: about.emptyDocument ?? {},
    prepare: (args) => {
      const given = readFlags(settings, args);
      const source = withPositional(given.source, given.positionals, positional);
      // The value after an unknown flag looks like an argument: one problem is enough for both.
      const extras = given.problems.length > 0 ? [] : extraArguments(given.positionals, positional);
      const problems: Problem[] = [...given.problems, ...extras];
      const reading = readSettings(declaration, (setting) => connectionless(declaration, setting) ?? source(setting));
      const shared = readSettings(declare(common), source);
      const others = readSettings(declare(optionalOf(extra)), source);
      for (const one of [reading, shared, others])
        if (!one.ok) problems.push(...one.problems.map((problem) => ({ ...problem, name: flagOf(problem.name) })));
      if (problems.length > 0 || !reading.ok || !shared.ok)
        throw new RolloutError({
          code: 'bad-input',
          problems: [...problems.map(describeProblem), `See safe-rollout ${name} --help.`],
        });
      return {
        format: shared.settings.format,
        run: (session) => about.run(reading.settings, { ...session, flags: source, format: shared.settings.format }),
      };
    },
  };
}

/** On a command line the environment says who we are, and a service connection has no meaning. */
function withoutConnection(settings: SettingRecord): SettingRecord {
  return Object.fromEntries(Object.entries(settings).filter(([, { kind }]) => kind !== 'armConnection'));
}

/** What of the shared settings stands on the command line must be right; what is missing may be in the environment. */
function optionalOf(settings: SettingRecord): SettingRecord {
  return Object.fromEntries(Object.entries(settings).map(([name, setting]) => [name, optional(setting)]));
}

function connectionless({ settings }: { settings: SettingRecord }, name: string): string | undefined {
  return settings[name]?.kind === 'armConnection' ? 'environment' : undefined;
}

function withPositional(source: Source, positionals: readonly string[], setting: string | undefined): Source {
  return (name) => (name === setting ? (source(name) ?? positionals[0]) : source(name));
}

function extraArguments(positionals: readonly string[], setting: string | undefined): Problem[] {
  return positionals
    .slice(setting === undefined ? 0 : 1)
    .map((value) => ({ name: 'argument', value, rule: 'is one too many: values stand after a flag' }));
}
