/** What reading one text as a setting's value gives: the value, or the rule that the text broke. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly rule: string };

export type Kind = 'text' | 'int' | 'boolean' | 'duration' | 'oneOf' | 'list' | 'lines' | 'path' | 'armConnection';

/** Whether a setting must be given, may be left out, or stands for `text` when it is left out. */
export type Presence =
  | { readonly state: 'required' }
  | { readonly state: 'optional' }
  | { readonly state: 'default'; readonly text: string };

/** A list that the service connection can fill in the editor of Azure Pipelines; any other text stays possible. */
export interface PickList {
  /** One of Microsoft's data sources of an Azure Resource Manager connection. */
  readonly dataSource: string;
  /** Parameters of the data source, each the name of a setting that holds its value. */
  readonly from: Readonly<Record<string, string>>;
  /**
   * What an item of the data source is: the value itself, the id of a slot of which the name is the value, or a resource
   * that is shown by its name and has its id for the value.
   */
  readonly item: 'value' | 'slotId' | 'resource';
}

/** How a setting presents itself to people, wherever it appears: task editor, `--help`, documentation. */
export interface Description {
  readonly label: string;
  readonly help: string;
  /** Other names under which pipelines already write it. */
  readonly aliases?: readonly string[];
  readonly group?: string;
  /** When the task editor shows it: `name = value` clauses joined by `&&` alone or by `||` alone. */
  readonly visibleRule?: string;
  readonly pick?: PickList;
}

/** One setting: the single source of its type, reader, task.json input, command line flag and documentation row. */
export interface Setting<T> extends Description {
  readonly kind: Kind;
  readonly presence: Presence;
  /** The values that may be written, for a setting that has a closed set of them. */
  readonly choices: readonly string[];
  /** True when the value must never be shown, not even in the message that refuses it. */
  readonly secret: boolean;
  parse(text: string): Parsed<T>;
}

export type SettingRecord = Readonly<Record<string, Setting<unknown>>>;

/** A rule over several settings: what is wrong with them together, or nothing. */
export type Rule<R extends SettingRecord> = (
  settings: ValuesOf<R>,
) => { name: keyof R & string; rule: string } | undefined;

/** What people see of a declaration: all that the emitters of task.json, flags and documentation need. */
export interface Presented<R extends SettingRecord = SettingRecord> {
  readonly settings: R;
  /** Titles of the groups that the settings name. */
  readonly groups: Readonly<Record<string, string>>;
}

/** The settings of one feature, in the order in which people should read them. */
export interface Declaration<R extends SettingRecord> extends Presented<R> {
  readonly rules: readonly Rule<R>[];
}

/** The values of a record of settings. */
export type ValuesOf<R> = { readonly [K in keyof R]: R[K] extends Setting<infer T> ? T : never };

/** The values of a declaration: `Settings<typeof swapSettings>`. */
export type Settings<D> = D extends Declaration<infer R> ? ValuesOf<R> : never;

export function declare<R extends SettingRecord>(
  settings: R,
  more: { groups?: Readonly<Record<string, string>>; rules?: readonly Rule<R>[] } = {},
): Declaration<R> {
  return { settings, groups: more.groups ?? {}, rules: more.rules ?? [] };
}

/**
 * The same setting, standing for `text` when it is left out.
 * @throws Error when the setting's own parser refuses the text: a mistake of ours, seen as soon as the file is loaded
 */
export function withDefault<T>(setting: Setting<T>, text: string): Setting<T> {
  const parsed = setting.parse(text);
  if (!parsed.ok) throw new Error(`Default '${text}' of '${setting.label}' ${parsed.rule}`);
  return { ...setting, presence: { state: 'default', text } };
}

/** The same setting, `undefined` when it is left out. */
export function optional<T>(setting: Setting<T>): Setting<T | undefined> {
  return { ...setting, presence: { state: 'optional' } };
}
