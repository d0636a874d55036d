import { neutral } from '../finding/print.ts';
import { APP_NAME, DATABASE_NAME, NAME_BY_RUN, RESOURCE_GROUP, SERVER_NAME, SLOT_NAME } from './read-kinds.ts';
import { NAME } from './read-service.ts';

/** A value of a field: text, a list of words, a mapping, or a list of these. */
export type DraftValue = string | readonly string[] | DraftMapping | readonly DraftMapping[];
export type DraftMapping = Readonly<Record<string, string>>;

/** A service as an import or a pipeline suggests it. */
export interface DraftService {
  /** As it is called where it comes from; made a name that the graph file takes when it is printed. */
  readonly name: string;
  /** Undefined: only its order is checked. */
  readonly kind: string | undefined;
  /** In the order in which they are printed. */
  readonly fields: readonly (readonly [key: string, value: DraftValue])[];
  /** Names of other drafts. */
  readonly dependsOn: readonly string[];
  /** What was guessed, for whoever reads the draft next. */
  readonly notes: readonly string[];
}

/** Names of services in another environment. */
export interface DraftEnvironment {
  readonly name: string;
  readonly services: readonly { readonly name: string; readonly fields: DraftService['fields'] }[];
}

/** A service graph that nobody has looked at yet. */
export interface GraphDraft {
  readonly services: readonly DraftService[];
  readonly environments: readonly DraftEnvironment[];
  readonly defaults: DraftService['fields'];
  readonly notes: readonly string[];
}

const HEAD = [
  '# yaml-language-server: $schema=./service-graph.schema.json',
  '# (write that file with `safe-rollout init --schema > service-graph.schema.json`)',
];

/**
 * The draft as the text of a graph file that reads back without a finding: names are made to fit, edges to nowhere and
 * edges that close a cycle become comments. Undefined when there is no service.
 */
export function printDraft(draft: GraphDraft): string | undefined {
  if (draft.services.length === 0) return undefined;
  const names = nameAll(draft.services);
  const { kept, dropped } = sortEdges(draft.services);
  const lines = [...HEAD, ...draft.notes.flatMap((note) => comment(note)), 'version: 1'];
  lines.push(...section('defaults', printMapping('', draft.defaults, '  ')));
  const overlays = draft.environments.flatMap(({ name, services }) => {
    const inside = services.flatMap((one) => printMapping(names.get(one.name)!, one.fields, '        '));
    return inside.length === 0 ? [] : [`  ${name}:`, '    services:', ...inside];
  });
  lines.push(...section('environments', overlays));
  lines.push('', 'services:');
  const apps = new Set<string>();
  for (const { name, kind, fields, notes } of draft.services) {
    lines.push(...notes.flatMap((note) => comment(note, '  ')), `  ${names.get(name)!}:`);
    if (kind !== undefined) lines.push(`    kind: ${kind}`);
    lines.push(...printFields(kind === undefined ? fields : withOwnApp(kind, fields, apps), '    '));
    const edges = kept.get(name) ?? [];
    if (edges.length > 0) lines.push(`    dependsOn: [${edges.map((one) => names.get(one)!).join(', ')}]`);
    for (const { to, why } of dropped.get(name) ?? []) lines.push(...comment(`dependsOn ${to}: ${why}`, '    '));
  }
  return `${lines.join('\n')}\n`;
}

/** A name for each service that the graph file takes, different from the others also without case. */
function nameAll(services: readonly DraftService[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const { name } of services) {
    if (names.has(name)) continue;
    const plain = NAME.test(name)
      ? name
      : name
          .replace(/[^A-Za-z0-9._-]+/g, '-')
          .replace(/^[^A-Za-z0-9]+/, '')
          .slice(0, 90);
    const base = plain === '' ? 'service' : plain;
    let free = base;
    for (let count = 2; taken.has(free.toLowerCase()); count++) free = `${base}-${count}`;
    taken.add(free.toLowerCase());
    names.set(name, free);
  }
  return names;
}

/** Apps whose names were guessed may be called alike but for case, which Azure does not see. */
function withOwnApp(kind: string, fields: DraftService['fields'], taken: Set<string>): DraftService['fields'] {
  return fields.map(([key, value]): readonly [string, DraftValue] => {
    if (key !== 'app' || typeof value !== 'string') return [key, value];
    let free = value;
    for (let count = 2; taken.has(`${kind}/${free.toLowerCase()}`); count++) free = `${value.slice(0, 55)}-${count}`;
    taken.add(`${kind}/${free.toLowerCase()}`);
    return [key, free];
  });
}

interface SortedEdges {
  readonly kept: ReadonlyMap<string, readonly string[]>;
  readonly dropped: ReadonlyMap<string, readonly { readonly to: string; readonly why: string }[]>;
}

/** Leaves out edges to nowhere, and of every cycle the edge that closes it on a walk in the order of the services. */
function sortEdges(services: readonly DraftService[]): SortedEdges {
  const known = new Map(services.map((service) => [service.name, service]));
  const kept = new Map<string, string[]>(services.map(({ name }) => [name, []]));
  const dropped = new Map<string, { to: string; why: string }[]>(services.map(({ name }) => [name, []]));
  const states = new Map<string, 'open' | 'done'>();
  for (const { name: start } of known.values()) {
    if (states.has(start)) continue;
    states.set(start, 'open');
    const path = [{ name: start, waiting: [...new Set(known.get(start)!.dependsOn)].toReversed() }];
    for (let here = path.at(-1); here !== undefined; here = path.at(-1)) {
      const { name, waiting } = here;
      const to = waiting.pop();
      if (to === undefined) {
        states.set(name, 'done');
        path.pop();
      } else if (!known.has(to)) dropped.get(name)!.push({ to, why: 'there is no such service in what was read' });
      else if (states.get(to) === 'open')
        dropped.get(name)!.push({ to, why: 'would close a cycle, which no order can satisfy' });
      else {
        kept.get(name)!.push(to);
        if (states.has(to)) continue;
        states.set(to, 'open');
        path.push({ name: to, waiting: [...new Set(known.get(to)!.dependsOn)].toReversed() });
      }
    }
  }
  return { kept, dropped };
}

/** A part of the file with a line before it; none when there is nothing in it. */
function section(key: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${key}:`, ...lines];
}

/** A mapping under its key; nothing when none of its fields can be used. */
function printMapping(key: string, fields: DraftService['fields'], indent: string): string[] {
  const lines = printFields(fields, indent);
  if (lines.every((line) => line.startsWith(`${indent}#`))) return [];
  return key === '' ? lines : [`${indent.slice(2)}${key}:`, ...lines];
}

/** What the reader takes for each field; whatever else was found is said in a comment. */
const SHAPES: Readonly<Record<string, RegExp>> = {
  app: new RegExp(`${APP_NAME.source}|${NAME_BY_RUN.source}`, 'u'),
  resourceGroup: RESOURCE_GROUP,
  slot: SLOT_NAME,
  server: SERVER_NAME,
  database: DATABASE_NAME,
  connection: /\S/,
};

function printFields(fields: DraftService['fields'], indent: string): string[] {
  return fields.flatMap(([key, value]) => {
    const fits = typeof value !== 'string' || (value.trim() !== '' && (SHAPES[key]?.test(value) ?? true));
    const line = `${key}: ${printValue(value)}`;
    return fits ? [`${indent}${line}`] : comment(`${line} (not a name that can be used here)`, indent);
  });
}

function printValue(value: DraftValue): string {
  if (typeof value === 'string') return printText(value);
  if (Array.isArray(value))
    return `[${(value as readonly (string | DraftMapping)[]).map((one) => printValue(one)).join(', ')}]`;
  const entries = Object.entries(value as DraftMapping);
  return `{ ${entries.map(([key, text]) => `${key}: ${printText(text)}`).join(', ')} }`;
}

/** Plain where YAML cannot take it for anything else, in quotes everywhere else. */
function printText(text: string): string {
  const plain = /^[A-Za-z/][\w./-]*$/.test(text) && !/^(?:true|false|yes|no|on|off|null|y|n)$/i.test(text);
  return plain || /^\d+\.\d+\.\d+$/.test(text) ? text : JSON.stringify(text);
}

/** Text from outside as a comment: on lines of its own, and nothing in it ends one. */
function comment(text: string, indent = ''): string[] {
  return text.split(/\r\n|[\r\n\u0085\u2028\u2029]/).map((line) => `${indent}# ${neutral(line)}`.trimEnd());
}
