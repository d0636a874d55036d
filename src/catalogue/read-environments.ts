import { didYouMean } from '../finding/nearest.ts';
import { describeNode, excerpt, placeOf, type MappingEntry, type MappingNode, type YamlNode } from '../yaml/node.ts';
import { fieldsOf, optional, text, type Report } from './fields.ts';
import { PRODUCTION, type Environment, type Service } from './model.ts';
import { OWN_KEYS, resourceGroup, type Defaults } from './read-kinds.ts';
import { COMMON_KEYS, keysElsewhere, NAME, NAME_SHAPE, readService } from './read-service.ts';

/** Keys of one environment. */
export const ENVIRONMENT_KEYS = ['resourceGroup', 'connection', 'services'];

/** What an environment may say of a service: where it is there and who deploys it there, not what it is. */
export function overlayKeys(kind: Service['kind']): readonly string[] {
  return [...OWN_KEYS[kind], 'deployedBy'];
}

export interface Base {
  /** Every named service as it is written, with what was read of it; undefined when it is wrong. */
  readonly entries: ReadonlyMap<string, { readonly entry: MappingEntry; readonly service: Service | undefined }>;
  readonly defaults: Defaults;
}

/**
 * Reads `environments`: overlays of names over those of the base, which are production's. A group or connection that an
 * environment names replaces those of every service that does not name its own there, so that nothing of production is
 * left in it by oversight.
 */
export function readEnvironments(node: YamlNode, base: Base, report: Report): Environment[] {
  if (node.kind !== 'mapping') {
    report(node, `environments must be a mapping from names to what differs there, not ${describeNode(node)}`);
    return [];
  }
  const taken = new Map<string, string>();
  return node.entries.flatMap(({ key, value }) => {
    const name = key.text;
    const first = taken.get(name.toLowerCase());
    // The same key twice has been reported with the syntax.
    if (first === name) return [];
    if (first !== undefined) report(key, `'${name}' differs from '${first}' only by case; rename one`);
    else if (name.toLowerCase() === PRODUCTION)
      report(key, `environments.${name}: the names of the base are production's; write them there`);
    else if (!NAME.test(name))
      report(key, `the name of an environment has ${NAME_SHAPE}; ${describeNode(key)} is none`);
    taken.set(name.toLowerCase(), name);
    return [{ ...placeOf(key), name, services: readEnvironment(value, name, base, report) }];
  });
}

function readEnvironment(node: YamlNode, name: string, { entries, defaults }: Base, report: Report): Service[] {
  const what = `environments.${excerpt(name)}`;
  const fields = fieldsOf(node, what, { known: ENVIRONMENT_KEYS }, report);
  if (fields === undefined) return [];
  const own = {
    resourceGroup: optional(fields, 'resourceGroup', resourceGroup, report),
    connection: optional(fields, 'connection', text, report),
  };
  const overlays = new Map<string, MappingEntry>();
  const services = fields.entries.get('services')?.value;
  if (services !== undefined && services.kind !== 'mapping')
    report(services, `${what}.services must be a mapping from names of services, not ${describeNode(services)}`);
  for (const entry of services?.kind === 'mapping' ? services.entries : []) {
    if (overlays.has(entry.key.text)) continue;
    if (entries.has(entry.key.text)) overlays.set(entry.key.text, entry);
    else {
      const hint = didYouMean(entry.key.text, entries.keys()) || '; an environment renames services of the base';
      report(entry.key, `${what}.services: unknown service '${excerpt(entry.key.text)}'${hint}`);
    }
  }
  return [...entries].flatMap(([service, { entry, service: known }]) => {
    // What is wrong with a service in the base has been said there.
    if (known === undefined) return [];
    const at = `${what}.services.${excerpt(service)}`;
    const overlay = overlays.get(service);
    const checked = overlay === undefined ? undefined : overlayOf(overlay, known, at, report);
    if (overlay !== undefined && checked === undefined) return [];
    const place = overlay?.key ?? entry.key;
    const merged = merge(
      entry.value as MappingNode,
      checked,
      Object.keys(own).filter((key) => key in given(own)),
    );
    const key = { ...entry.key, ...placeOf(place) };
    return readService({ key, value: merged }, { ...defaults, ...given(own) }, report, at).service ?? [];
  });
}

/** The overlay as a mapping whose keys are right for this service. */
function overlayOf({ value }: MappingEntry, { kind }: Service, what: string, report: Report): MappingNode | undefined {
  const ofTheBase = 'the service itself: an environment changes names, not the graph';
  const elsewhere = {
    ...keysElsewhere(),
    ...Object.fromEntries(COMMON_KEYS.map((key) => [key, ofTheBase])),
  };
  const fields = fieldsOf(value, what, { known: overlayKeys(kind), elsewhere }, report);
  if (fields === undefined || value.kind !== 'mapping') return undefined;
  return { ...value, entries: [...fields.entries.values()] };
}

function given<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/**
 * A service of the base with what an overlay says instead. Its `deployedBy` is about production, and so stays behind;
 * a `probe` is laid over the other key by key.
 */
function merge(base: MappingNode, overlay: MappingNode | undefined, replaced: readonly string[]): MappingNode {
  const said = new Map((overlay?.entries ?? []).map((entry) => [entry.key.text, entry]));
  const kept = base.entries.flatMap((entry): MappingEntry[] => {
    const key = entry.key.text;
    const other = said.get(key);
    if (other === undefined) return key === 'deployedBy' || replaced.includes(key) ? [] : [entry];
    if (key !== 'probe' || entry.value.kind !== 'mapping' || other.value.kind !== 'mapping') return [];
    said.delete(key);
    return [{ key: other.key, value: mergeProbe(entry.value, other.value) }];
  });
  return { ...base, entries: [...kept, ...said.values()] };
}

function mergeProbe(base: MappingNode, overlay: MappingNode): MappingNode {
  const said = new Set(overlay.entries.map(({ key }) => key.text));
  // `path` and `url` say the same thing in two ways: the one replaces the other.
  if (said.has('path') || said.has('url')) said.add('path').add('url');
  return { ...overlay, entries: [...base.entries.filter(({ key }) => !said.has(key.text)), ...overlay.entries] };
}
