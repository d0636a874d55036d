import semver from 'semver';
import { didYouMean } from '../finding/nearest.ts';
import { describeNode, excerpt, placeOf, type MappingEntry, type YamlNode } from '../yaml/node.ts';
import {
  duration,
  fieldsOf,
  listOf,
  oneOrMore,
  optional,
  required,
  text,
  textLike,
  truth,
  type Fields,
  type Keys,
  type Read,
  type Report,
} from './fields.ts';
import type {
  AppService,
  CommandService,
  Dependency,
  DeployedBy,
  PackageService,
  ProbePolicy,
  Service,
} from './model.ts';
import type { ServiceKind, ServiceNode } from './model.ts';
import { readProbe, versionEndpoint } from './read-probe.ts';

/** What `defaults` gives to services that do not say it themselves. */
export interface Defaults {
  readonly resourceGroup: string | undefined;
  readonly connection: string | undefined;
  readonly slot: string;
  readonly probe: ProbePolicy;
}

const COMMON = ['kind', 'dependsOn', 'deployedBy', 'pointOfNoReturn'];
const OWN: Record<ServiceKind, readonly string[]> = {
  appService: ['app', 'resourceGroup', 'connection', 'slot', 'package', 'probe', 'version', 'rollout'],
  package: ['version'],
  command: ['run', 'timeout'],
};
const KINDS = Object.keys(OWN) as ServiceKind[];
const LATER_KINDS = ['containerApp', 'staticWebApp', 'database', 'pipeline'];
const LATER_KEYS = ['regions', 'expand', 'contract'];
const DEFAULT_COMMAND_TIMEOUT_MS = 600_000;

export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
export const NAME_SHAPE = 'letters, digits, and - _ . after the first sign, at most 100 in all';

/** Azure's own rules for what these may be called, which also keep them from being anything else in an address. */
const appName = textLike(/^[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,58}[\p{L}\p{N}])?$/u, 'an app name of letters, digits and -');
export const resourceGroup = textLike(/^[\p{L}\p{N}_.()-]{0,89}[\p{L}\p{N}_()-]$/u, 'the name of a resource group');
export const slotName = textLike(
  (name) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,57}[A-Za-z0-9])?$/.test(name) && name.toLowerCase() !== 'production',
  'the slot a release waits in, which cannot be production itself',
);
const packagePath = textLike(
  (path) => !/^(?:[/\\]|[A-Za-z]:)/.test(path) && !path.includes('\0'),
  'a path relative to this file',
);
const exactVersion = textLike((version) => semver.valid(version) !== null, 'a full version such as 2.4.1');

/**
 * Reads one entry of `services`. The node, with its edges, is there even when the rest is wrong, so that the graph can
 * be checked all the same.
 */
export function readService(
  { key, value }: MappingEntry,
  defaults: Defaults,
  report: Report,
): { readonly node: ServiceNode; readonly service: Service | undefined } {
  const name = key.text;
  const what = `services.${excerpt(name)}`;
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
  const kind = KINDS.find((one) => one === written);
  if (kind !== undefined) return kind;
  const cure = `one of ${KINDS.join(', ')}`;
  if (value === undefined) report(node, `${what} needs 'kind': ${cure}`);
  else if (LATER_KINDS.includes(written))
    report(value, `${what}.kind '${written}' is not supported yet; today it is ${cure}`);
  else report(value, `${what}.kind must be ${cure}, not ${describeNode(value)}${didYouMean(written, KINDS)}`);
  return undefined;
}

/** The keys of a service of each kind. */
const KEYS_OF = new Map(KINDS.map((kind) => [kind, keysOf(kind)]));
/** A service whose kind is wrong may have those of all. */
const KEYS_OF_ANY = keysOf(undefined);

function keysOf(kind: ServiceKind | undefined): Keys {
  if (kind === undefined)
    return { known: [...COMMON, ...new Set(KINDS.flatMap((one) => OWN[one]))], later: LATER_KEYS };
  const elsewhere = KINDS.flatMap((other) => OWN[other].map((key): [string, string] => [key, `kind ${other}`]));
  return { known: [...COMMON, ...OWN[kind]], later: LATER_KEYS, elsewhere: Object.fromEntries(elsewhere) };
}

type Own<S extends Service> = Omit<S, keyof Service> & Pick<S, 'kind'>;

function readOwn(
  kind: ServiceKind,
  fields: Fields,
  defaults: Defaults,
  report: Report,
): Own<AppService> | Own<PackageService> | Own<CommandService> | undefined {
  switch (kind) {
    case 'appService':
      return readAppService(fields, defaults, report);
    case 'package': {
      const version = required(fields, 'version', exactVersion, report, 'the version that is built, such as 2.4.1');
      return version === undefined ? undefined : { kind, version };
    }
    case 'command': {
      const run = required(
        fields,
        'run',
        argv,
        report,
        'program and arguments as a list, such as [node, db/migrate.mjs]',
      );
      const timeoutMs = optional(fields, 'timeout', duration(1), report) ?? DEFAULT_COMMAND_TIMEOUT_MS;
      return run === undefined ? undefined : { kind, run, timeoutMs };
    }
  }
}

function readAppService(fields: Fields, defaults: Defaults, report: Report): Own<AppService> | undefined {
  const app = required(fields, 'app', appName, report, 'the name of the web or function app');
  optional(fields, 'rollout', rollout, report);
  const own = {
    kind: 'appService' as const,
    resourceGroup: optional(fields, 'resourceGroup', resourceGroup, report) ?? defaults.resourceGroup,
    connection: optional(fields, 'connection', text, report) ?? defaults.connection,
    slot: optional(fields, 'slot', slotName, report) ?? defaults.slot,
    package: optional(fields, 'package', packagePath, report),
    probe: optional(fields, 'probe', readProbe(defaults.probe), report) ?? defaults.probe,
    version: optional(fields, 'version', versionEndpoint, report),
  };
  return app === undefined ? undefined : { ...own, app };
}

/** `swap` is what happens anyway; every other way of rolling out comes later. */
const rollout: Read<'swap'> = (node, what, report) => {
  if (node.kind === 'scalar' && node.text === 'swap') return 'swap';
  if (node.kind === 'mapping') report(node, `${what} other than swap is not supported yet; remove it`);
  else report(node, `${what} must be swap, not ${describeNode(node)}`);
  return undefined;
};

const argv: Read<[string, ...string[]]> = (node, what, report) => {
  if (node.kind === 'scalar') {
    report(node, `${what} must be a list of program and arguments, such as [node, db/migrate.mjs]; no shell reads it`);
    return undefined;
  }
  const words = listOf(argument)(node, what, report);
  const [program, ...rest] = words ?? [];
  if (program !== undefined && program !== '') return [program, ...rest];
  if (words !== undefined) report(node, `${what} must begin with the program to run`);
  return undefined;
};

/** Unlike other text an argument may be empty; a zero byte cannot be passed to a process. */
const argument: Read<string> = (node, what, report) => {
  if (node.kind === 'scalar' && !node.text.includes('\0')) return node.text;
  report(node, `${what} must be text, not ${describeNode(node)}`);
  return undefined;
};

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
  if (range === '' || semver.validRange(range ?? '*') === null) {
    report(
      node,
      `${what}: '${excerpt(range ?? '')}' is no version range; write one as npm does, such as ${service}@2.4.x or ${service}@^2.4.0`,
    );
    return undefined;
  }
  return { ...placeOf(node), service, range };
};

const deployedBy: Read<DeployedBy> = (node, what, report) => {
  const fields = fieldsOf(node, what, { known: ['pipeline', 'stage', 'job'] }, report);
  if (fields === undefined) return undefined;
  if (fields.entries.size === 0) report(node, `${what} must name a stage, a job, or another pipeline`);
  return {
    pipeline: optional(fields, 'pipeline', text, report),
    stage: optional(fields, 'stage', text, report),
    job: optional(fields, 'job', text, report),
  };
};
