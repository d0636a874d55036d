import semver from 'semver';
import { didYouMean } from '../finding/nearest.ts';
import { describeNode, excerpt, placeOf, type MappingEntry, type YamlNode } from '../yaml/node.ts';
import { fieldsOf, oneOrMore, optional, text, truth, type Keys, type Read, type Report } from './fields.ts';
import type { Dependency, Service, ServiceKind, ServiceNode } from './model.ts';
import { deployedBy } from './read-deployed-by.ts';
import { KINDS, OWN_KEYS, readOwn, WRITTEN_KINDS, type Defaults } from './read-kinds.ts';

/** Keys that every service may have. */
export const COMMON_KEYS = ['kind', 'dependsOn', 'deployedBy', 'pointOfNoReturn'];
const LATER_KEYS = ['regions'];

export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
export const NAME_SHAPE = 'letters, digits, and - _ . after the first sign, at most 100 in all';

/**
 * Reads one entry of `services`. The node, with its edges, is there even when the rest is wrong, so that the graph can
 * be checked all the same.
 * @param what the path of the entry, for messages
 */
export function readService(
  { key, value }: MappingEntry,
  defaults: Defaults,
  report: Report,
  what = `services.${excerpt(key.text)}`,
): { readonly node: ServiceNode; readonly service: Service | undefined } {
  const name = key.text;
  let problems = 0;
  const counting: Report = (place, message) => {
    problems++;
    report(place, message);
  };
  if (!NAME.test(name)) counting(key, `the name of a service has ${NAME_SHAPE}; ${describeNode(key)} is none`);
  const kind = readKind(value, what, counting);
  const fields = fieldsOf(value, what, (kind && KEYS_OF.get(kind)) ?? KEYS_OF_ANY, counting);
  const dependsOn = (fields && optional(fields, 'dependsOn', oneOrMore(dependency), counting)) ?? [];
  const place = placeOf(key);
  const base = {
    ...place,
    name,
    dependsOn,
    deployedBy: (fields && optional(fields, 'deployedBy', oneOrMore(deployedBy), counting)) ?? [],
    pointOfNoReturn: (fields && optional(fields, 'pointOfNoReturn', truth, counting)) ?? false,
  };
  const own = kind === undefined || fields === undefined ? undefined : readOwn(kind, fields, defaults, counting);
  const version = own?.kind === 'package' ? own.version : undefined;
  const service = own === undefined || problems > 0 ? undefined : ({ ...base, ...own } as Service);
  return { node: { ...place, name, dependsOn, version }, service };
}

function readKind(node: YamlNode, what: string, report: Report): ServiceKind | undefined {
  if (node.kind !== 'mapping') return undefined;
  const value = node.entries.find(({ key }) => key.text === 'kind')?.value;
  const written = value?.kind === 'scalar' ? value.text : '';
  const kind = WRITTEN_KINDS.find((one) => one === written);
  // Nothing but its place in the order is asked of a service that nobody deploys with us.
  if (value === undefined) return 'checked';
  if (kind !== undefined) return kind;
  const cure = `one of ${WRITTEN_KINDS.join(', ')}`;
  report(value, `${what}.kind must be ${cure}, not ${describeNode(value)}${didYouMean(written, WRITTEN_KINDS)}`);
  return undefined;
}

/** The keys of a service of each kind. */
const KEYS_OF = new Map(KINDS.map((kind) => [kind, keysOf(kind)]));
/** A service whose kind is wrong may have those of all. */
const KEYS_OF_ANY = keysOf(undefined);

function keysOf(kind: ServiceKind | undefined): Keys {
  if (kind === undefined)
    return { known: [...COMMON_KEYS, ...new Set(KINDS.flatMap((one) => OWN_KEYS[one]))], later: LATER_KEYS };
  return { known: [...COMMON_KEYS, ...OWN_KEYS[kind]], later: LATER_KEYS, elsewhere: keysElsewhere() };
}

/** The keys of all kinds, with the kinds that have them in words. */
export function keysElsewhere(): Record<string, string> {
  const keys = WRITTEN_KINDS.flatMap((kind) => OWN_KEYS[kind]).map((key): [string, string] => {
    const owners = WRITTEN_KINDS.filter((kind) => OWN_KEYS[kind].includes(key));
    return [key, `kind ${owners.join(', ').replace(/, (\w+)$/, ' or $1')}`];
  });
  return Object.fromEntries(keys);
}

/** `payments-core` or `payments-core@2.4.x`. */
const dependency: Read<Dependency> = (node, what, report) => {
  const written = text(node, what, report);
  if (written === undefined) return undefined;
  const at = written.indexOf('@');
  const service = (at < 0 ? written : written.slice(0, at)).trim();
  const range = at < 0 ? undefined : written.slice(at + 1).trim();
  if (!NAME.test(service)) {
    report(node, `${what} must be a service, or service@range, not ${describeNode(node)}`);
    return undefined;
  }
  // An empty range would mean "any", which nobody writes on purpose.
  if (range !== undefined && (range === '' || semver.validRange(range) === null)) {
    report(
      node,
      `${what}: '${excerpt(range)}' is no version range; write one as npm does, such as ${service}@2.4.x or ${service}@^2.4.0`,
    );
    return undefined;
  }
  return { ...placeOf(node), service, range };
};
