import type { Declaration, Parsed, Setting, SettingRecord, ValuesOf } from './setting.ts';

/** Where texts come from: task inputs, command line flags, environment variables, fields of a connection. */
export type Source = (name: string) => string | undefined;

/** One input that cannot be used: its name, its value as it may be shown, and the rule that it broke. */
export interface Problem {
  readonly name: string;
  /** Undefined when nothing was given. */
  readonly value: string | undefined;
  readonly rule: string;
}

export type Reading<T> =
  | { readonly ok: true; readonly settings: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const LONGEST_SHOWN = 80;
/** `$(name)`: what Azure Pipelines leaves in place of a variable that nobody defined. */
const UNREPLACED = /\$\([A-Za-z_][\w.-]*\)/;

/** Reads every setting of a declaration and reports all bad ones together, so that nobody mends them run by run. */
export function readSettings<R extends SettingRecord>(
  declaration: Declaration<R>,
  source: Source,
): Reading<ValuesOf<R>> {
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const [name, setting] of Object.entries(declaration.settings)) {
    const { given, parsed } = readOne(name, setting, source);
    if (parsed.ok) values[name] = parsed.value;
    else problems.push({ name, value: shown(setting, given), rule: parsed.rule });
  }
  const settings = values as ValuesOf<R>;
  if (problems.length === 0)
    for (const rule of declaration.rules) {
      const broken = rule(settings);
      if (broken === undefined) continue;
      const setting = declaration.settings[broken.name];
      problems.push({
        name: broken.name,
        value: setting && shown(setting, textOf(broken.name, setting, source)[0]),
        rule: broken.rule,
      });
    }
  return problems.length === 0 ? { ok: true, settings } : { ok: false, problems };
}

/** One problem as one line: `bake: '5' must be a duration with its unit`. */
export function describeProblem({ name, value, rule }: Problem): string {
  return value === undefined ? `${name} ${rule}` : `${name}: '${value}' ${rule}`;
}

function readOne(
  name: string,
  setting: Setting<unknown>,
  source: Source,
): { given: string | undefined; parsed: Parsed<unknown> } {
  const [given, other] = textOf(name, setting, source);
  if (given === undefined) return { given, parsed: absent(setting) };
  if (other !== undefined) {
    const names = [name, ...(setting.aliases ?? [])].join(' and ');
    return { given, parsed: { ok: false, rule: `contradicts '${shown(setting, other)}': ${names} mean the same` } };
  }
  const macro = UNREPLACED.exec(given);
  if (macro !== null)
    return {
      given,
      parsed: { ok: false, rule: `holds ${macro[0]}: no such variable is defined, so it was not replaced` },
    };
  return { given, parsed: setting.parse(given) };
}

/** The different texts given under the setting's name and aliases: none, one, or more than one. */
function textOf(name: string, setting: Setting<unknown>, source: Source): string[] {
  const texts = [name, ...(setting.aliases ?? [])].map((alias) => source(alias)?.trim() ?? '');
  return [...new Set(texts.filter((text) => text !== ''))];
}

function absent(setting: Setting<unknown>): Parsed<unknown> {
  switch (setting.presence.state) {
    case 'required':
      return { ok: false, rule: `is required: ${setting.help}` };
    case 'optional':
      return { ok: true, value: undefined };
    case 'default':
      return setting.parse(setting.presence.text);
  }
}

/** A value as a log may show it: secrets hidden, control characters escaped, long texts cut. */
function shown(setting: Setting<unknown>, given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  if (setting.secret) return '***';
  const escaped = JSON.stringify(given).slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\');
  return escaped.length <= LONGEST_SHOWN ? escaped : `${escaped.slice(0, LONGEST_SHOWN)}...`;
}
