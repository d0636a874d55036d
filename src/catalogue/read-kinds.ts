import semver from 'semver';
import { describeNode, isNull } from '../yaml/node.ts';
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
} from './fields.ts';
import type { Read, Report } from './fields.ts';
import type {
  AppBearing,
  AppService,
  ContainerApp,
  Contract,
  Database,
  Migration,
  ProbePolicy,
  Service,
  ServiceKind,
} from './model.ts';
import { deployedBy } from './read-deployed-by.ts';
import { readProbe, versionEndpoint } from './read-probe.ts';

/** What `defaults` gives to services that do not say it themselves. */
export interface Defaults {
  readonly resourceGroup: string | undefined;
  readonly connection: string | undefined;
  readonly slot: string;
  readonly probe: ProbePolicy;
}

const APP_KEYS = ['app', 'resourceGroup', 'connection', 'probe', 'version'];

const DEFAULT_COMMAND_TIMEOUT_MS = 600_000;

/** Azure's own rules for what these may be called, which also keep them from being anything else in an address. */
export const APP_NAME = /^[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,58}[\p{L}\p{N}])?$/u;
export const RESOURCE_GROUP = /^[\p{L}\p{N}_.()-]{0,89}[\p{L}\p{N}_()-]$/u;
export const SLOT_NAME = /^(?![Pp][Rr][Oo][Dd][Uu][Cc][Tt][Ii][Oo][Nn]$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,57}[A-Za-z0-9])?$/;
export const CONTAINER_APP = /^[a-z](?:[a-z0-9]|-(?!-)){0,61}[a-z0-9]$/;
export const IMAGE = /^(?=.*[A-Za-z])[\w][\w.:/-]*(?:\{version\}[\w.-]*)?(?:@sha256:[0-9a-f]{64})?$/;
export const PACKAGE_PATH = /^(?![/\\]|[A-Za-z]:)[^\0]*$/;
/** `sql-contoso`, `sql-contoso.database.windows.net`, or that with a port. */
export const SERVER_NAME = /^[\p{L}\p{N}][\p{L}\p{N}.-]{0,252}(?:,\d{1,5})?$/u;
export const DATABASE_NAME = /^[^<>*%&:\\/?\p{Cc}]{0,127}[^<>*%&:\\/?\p{Cc} .]$/u;

/** A name that only the run knows, as steps write it: `$(WebAppName)`, `app-$(env)`, `$WEB_APP` in a script. */
export const NAME_BY_RUN = /^(?=.*\$)[\p{L}\p{N}-]*(?:\$(?:\([\w.-]+\)|\{?\w+\}?)[\p{L}\p{N}-]*)+$/u;

const appName = textLike(
  (name) => APP_NAME.test(name) || NAME_BY_RUN.test(name),
  'an app name of letters, digits and -, or an expression as steps have it, such as $(WebAppName)',
);
export const resourceGroup = textLike(RESOURCE_GROUP, 'the name of a resource group');
export const slotName = textLike(SLOT_NAME, 'the slot a release waits in, which cannot be production itself');
const packagePath = textLike(PACKAGE_PATH, 'a path relative to this file');
const containerName = textLike(CONTAINER_APP, 'the name of a container of the template');
const imageName = textLike(IMAGE, 'an image, such as contoso.azurecr.io/orders:{version}');
const exactVersion = textLike((version) => semver.valid(version) !== null, 'a full version such as 2.4.1');

type Own<S extends Service> = S extends Service ? Omit<S, keyof Service> & Pick<S, 'kind'> : never;

interface KindReader {
  /** The keys of the kind, beside those that every service has. */
  readonly keys: readonly string[];
  /** Reads what they say. Undefined when something that the kind needs is wrong, and reported. */
  readonly read: (fields: Fields, defaults: Defaults, report: Report) => Own<Service> | undefined;
}

/** What each kind of service has beside what all have: a row for each. */
const READERS: Readonly<Record<ServiceKind, KindReader>> = {
  appService: { keys: [...APP_KEYS, 'slot', 'package', 'rollout'], read: readAppService },
  containerApp: { keys: [...APP_KEYS, 'image', 'container', 'template', 'deactivateOld'], read: readContainerApp },
  staticWebApp: {
    keys: APP_KEYS,
    read: (fields, defaults, report) => {
      const app = required(fields, 'app', appName, report, 'the name of the app');
      const own = readApp(fields, defaults, report);
      return app === undefined ? undefined : { kind: 'staticWebApp', app, ...own };
    },
  },
  database: {
    keys: ['server', 'database', 'expand', 'contract'],
    read: (fields, _, report) => readDatabase(fields, report),
  },
  package: {
    keys: ['version'],
    read: (fields, _, report) => {
      const version = required(fields, 'version', exactVersion, report, 'the version that is built, such as 2.4.1');
      return version === undefined ? undefined : { kind: 'package', version };
    },
  },
  command: {
    keys: ['run', 'timeout'],
    read: (fields, _, report) => {
      const run = required(fields, 'run', argv, report, RUN_CURE);
      const timeoutMs = optional(fields, 'timeout', duration(1), report) ?? DEFAULT_COMMAND_TIMEOUT_MS;
      return run === undefined ? undefined : { kind: 'command', run, timeoutMs };
    },
  },
  checked: {
    keys: ['app'],
    read: (fields, _, report) => ({ kind: 'checked', app: optional(fields, 'app', appName, report) }),
  },
  pipeline: {
    keys: ['pipeline', 'project'],
    read: (fields, _, report) => {
      const pipeline = required(fields, 'pipeline', text, report, 'the name or the id of the pipeline that is run');
      const project = optional(fields, 'project', text, report);
      return pipeline === undefined ? undefined : { kind: 'pipeline', pipeline, project };
    },
  },
};

export const KINDS = Object.keys(READERS) as ServiceKind[];
/** Those that are written: a service without a kind is only checked. */
export const WRITTEN_KINDS = KINDS.filter((kind) => kind !== 'checked');

/** The keys of each kind, beside those that every service has. */
export const OWN_KEYS = Object.fromEntries(KINDS.map((kind) => [kind, READERS[kind].keys])) as Readonly<
  Record<ServiceKind, readonly string[]>
>;

/** Reads what only services of this kind have. Undefined when something that it needs is wrong, and reported. */
export function readOwn(
  kind: ServiceKind,
  fields: Fields,
  defaults: Defaults,
  report: Report,
): Own<Service> | undefined {
  return READERS[kind].read(fields, defaults, report);
}

const RUN_CURE = 'program and arguments as a list, such as [node, db/migrate.mjs]';

function readApp(
  fields: Fields,
  defaults: Defaults,
  report: Report,
): Pick<AppBearing, 'resourceGroup' | 'connection' | 'probe' | 'version'> {
  return {
    resourceGroup: optional(fields, 'resourceGroup', resourceGroup, report) ?? defaults.resourceGroup,
    connection: optional(fields, 'connection', text, report) ?? defaults.connection,
    probe: optional(fields, 'probe', readProbe(defaults.probe), report) ?? defaults.probe,
    version: optional(fields, 'version', versionEndpoint, report),
  };
}

function readAppService(fields: Fields, defaults: Defaults, report: Report): Own<AppService> | undefined {
  const app = required(fields, 'app', appName, report, 'the name of the web or function app');
  optional(fields, 'rollout', rollout, report);
  const own = {
    kind: 'appService' as const,
    slot: optional(fields, 'slot', slotName, report) ?? defaults.slot,
    package: optional(fields, 'package', packagePath, report),
    ...readApp(fields, defaults, report),
  };
  return app === undefined ? undefined : { ...own, app };
}

function readContainerApp(fields: Fields, defaults: Defaults, report: Report): Own<ContainerApp> | undefined {
  const app = required(fields, 'app', appName, report, 'the name of the container app');
  const own = {
    kind: 'containerApp' as const,
    image: optional(fields, 'image', imageName, report),
    container: optional(fields, 'container', containerName, report),
    template: optional(fields, 'template', packagePath, report),
    deactivateOld: optional(fields, 'deactivateOld', truth, report) ?? false,
    ...readApp(fields, defaults, report),
  };
  return app === undefined ? undefined : { ...own, app };
}

function readDatabase(fields: Fields, report: Report): Own<Database> {
  return {
    kind: 'database',
    server: optional(fields, 'server', textLike(SERVER_NAME, 'the name of a database server'), report),
    database: optional(fields, 'database', textLike(DATABASE_NAME, 'the name of a database'), report),
    expand: optional(fields, 'expand', migration, report),
    contract: optional(fields, 'contract', contract, report),
  };
}

/** `swap` is what happens anyway; every other way of rolling out comes later. */
const rollout: Read<'swap'> = (node, what, report) => {
  if (node.kind === 'scalar' && node.text === 'swap') return 'swap';
  if (node.kind === 'mapping') report(node, `${what} other than swap is not supported yet; remove it`);
  else report(node, `${what} must be swap, not ${describeNode(node)}`);
  return undefined;
};

const migration: Read<Migration> = (node, what, report) => {
  const fields = fieldsOf(node, what, { known: ['run', 'timeout'] }, report);
  return fields && readMigration(fields, report);
};

const contract: Read<Contract> = (node, what, report) => {
  const fields = fieldsOf(node, what, { known: ['run', 'timeout', 'deployedBy'] }, report);
  if (fields === undefined) return undefined;
  const by = optional(fields, 'deployedBy', oneOrMore(deployedBy), report) ?? [];
  const read = readMigration(fields, report);
  return read && { ...read, deployedBy: by };
};

function readMigration(fields: Fields, report: Report): Migration | undefined {
  const run = required(fields, 'run', argv, report, RUN_CURE);
  const timeoutMs = optional(fields, 'timeout', duration(1), report) ?? DEFAULT_COMMAND_TIMEOUT_MS;
  return run === undefined ? undefined : { run, timeoutMs };
}

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
  if (node.kind === 'scalar' && !isNull(node) && !node.text.includes('\0')) return node.text;
  report(node, `${what} must be text, not ${describeNode(node)}`);
  return undefined;
};
