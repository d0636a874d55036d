/**
 * The JSON schema of the graph file, from the readers' own keys and patterns.
 * Long because it is one document: what each key may hold stands beside its neighbours, as an editor shows them.
 */
import type { ServiceKind } from './model.ts';
import { DEFAULT_KEYS, ROOT_KEYS } from './read-catalogue.ts';
import { ENVIRONMENT_KEYS, overlayKeys } from './read-environments.ts';
import {
  CONTAINER_APP,
  IMAGE,
  NAME_BY_RUN,
  APP_NAME,
  DATABASE_NAME,
  KINDS,
  OWN_KEYS,
  PACKAGE_PATH,
  RESOURCE_GROUP,
  SERVER_NAME,
  SLOT_NAME,
} from './read-kinds.ts';
import { IGNORE_KEYS } from './read-ignore.ts';
import { HEADER_NAME, HEADER_VALUE, JSON_PATH, MOST_IN_A_ROW, PROBE_KEYS, SHARE, URL_PATH } from './read-probe.ts';
import { DEPLOYED_BY_KEYS } from './read-deployed-by.ts';
import { COMMON_KEYS, NAME } from './read-service.ts';

/** A piece of a JSON schema, draft 07, which editors of YAML understand. */
export type Schema = Readonly<Record<string, unknown>>;

const WHOLE: Schema = { type: 'integer', minimum: 0 };
const ANY_NUMBER: Schema = { type: 'number' };
const NO_NUMBER: Schema = { not: {} };
const TRUTH: Schema = { type: 'boolean' };

/** Text of a pattern; `numbers` are those that match it as they are written. */
function matching({ source }: RegExp, numbers: Schema): Schema {
  return { anyOf: [{ type: 'string', pattern: source, minLength: 1 }, numbers, TRUTH] };
}

/** A pattern that neither a number nor a truth value matches. */
function strictly(pattern: RegExp | string): Schema {
  return { type: 'string', pattern: typeof pattern === 'string' ? pattern : pattern.source };
}

/** What stands in many places is written once, under `definitions`. */
const DEFINITIONS: Record<string, Schema> = {};
function define(name: string, schema: Schema): Schema {
  DEFINITIONS[name] = schema;
  return { $ref: `#/definitions/${name}` };
}

function described(schema: Schema, description: string): Schema {
  return { ...schema, description };
}

function mapping(keys: readonly string[], values: Readonly<Record<string, Schema>>, more: Schema = {}): Schema {
  const properties = Object.fromEntries(keys.map((key) => [key, values[key] ?? missing(key)]));
  return { type: 'object', properties, additionalProperties: false, ...more };
}

/** The lists of keys are the reader's own: a key that is added there and not described here is noticed at once. */
function missing(key: string): never {
  throw new Error(`the schema does not describe the key '${key}'`);
}

function oneOrMore(item: Schema): Schema {
  return { anyOf: [item, { type: 'array', items: item }] };
}

/** Text that says something. Numbers and truth values count as the text they are written with. */
const text = define('text', { type: ['string', 'number', 'boolean'], pattern: '\\S' });
const duration = define('duration', strictly('^\\s*\\d+(\\.\\d+)?(ms|s|m|h)\\s*$'));
const count: Schema = { type: 'integer', minimum: 1, maximum: MOST_IN_A_ROW };
const argument: Schema = { type: ['string', 'number', 'boolean'] };
const run = define(
  'run',
  described(
    { type: 'array', items: [{ ...argument, minLength: 1 }], additionalItems: argument, minItems: 1 },
    'Program and arguments; no shell reads them.',
  ),
);
const deployedBy = define(
  'deployedBy',
  described(
    oneOrMore(mapping(DEPLOYED_BY_KEYS, { pipeline: text, stage: text, job: text }, { minProperties: 1 })),
    'The job that deploys it, where that cannot be seen.',
  ),
);
const migration = define('migration', mapping(['run', 'timeout'], { run, timeout: duration }, { required: ['run'] }));
const contract = define(
  'contract',
  mapping(['run', 'timeout', 'deployedBy'], { run, timeout: duration, deployedBy }, { required: ['run'] }),
);

const status: Schema = {
  anyOf: [
    { type: 'integer', minimum: 100, maximum: 599 },
    { type: 'string', pattern: '^[1-5]\\d\\d(-[1-5]\\d\\d)?$' },
  ],
};
const probe = define(
  'probe',
  mapping(
    PROBE_KEYS.known,
    {
      path: described(strictly(URL_PATH), "Path on the service's own host."),
      url: described(strictly('^[Hh][Tt][Tt][Pp][Ss]?://[^\\s/?#@]+([/?#]|$)'), 'An address anywhere.'),
      headers: {
        type: 'object',
        propertyNames: { pattern: HEADER_NAME.source },
        additionalProperties: {
          anyOf: [{ type: 'string', allOf: [{ pattern: HEADER_VALUE.source }, { pattern: '\\S' }] }, ANY_NUMBER, TRUTH],
        },
      },
      statuses: { anyOf: [status, { type: 'array', items: status, minItems: 1 }] },
      json: { type: 'object', propertyNames: { pattern: JSON_PATH.source }, additionalProperties: text },
      contains: text,
      interval: duration,
      timeout: duration,
      healthyThreshold: count,
      unhealthyThreshold: count,
      unhealthyShare: described(
        { type: 'string', pattern: SHARE.source },
        'Share of bad answers from which on a release is unhealthy, in whatever order they come.',
      ),
      instanceHeader: described(
        { type: 'string', pattern: HEADER_NAME.source },
        'Header by which an answer names its instance, where the affinity cookie of App Service does not.',
      ),
      startup: described(duration, 'Grace in which bad answers do not count.'),
    },
    { not: { required: ['path', 'url'] } },
  ),
);

const endpoint = define(
  'versionEndpoint',
  mapping(['path', 'json'], { path: strictly(URL_PATH), json: strictly(JSON_PATH) }, { required: ['path'] }),
);
/** As npm's `semver.valid` takes it. */
const exactVersion = strictly(
  '^\\s*[v=\\s]*(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)' +
    '(-(0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)(\\.(0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*))*)?(\\+[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?\\s*$',
);

/** What each key may hold, but for `version`, which is another thing for a package. */
const VALUES: Readonly<Record<string, Schema>> = {
  app: described(
    { anyOf: [matching(APP_NAME, WHOLE), strictly(NAME_BY_RUN)] },
    'Name of the app in Azure; or as steps have it where only the run knows: $(WebAppName).',
  ),
  resourceGroup: define('resourceGroup', matching(RESOURCE_GROUP, ANY_NUMBER)),
  connection: described(text, 'Service connection of Azure DevOps.'),
  probe,
  slot: described(matching(SLOT_NAME, WHOLE), 'Where a release waits before it is swapped in.'),
  package: described(
    matching(new RegExp(`(?=.*\\S)${PACKAGE_PATH.source}`, 's'), ANY_NUMBER),
    'Relative to this file.',
  ),
  rollout: { const: 'swap' },
  image: described(matching(IMAGE, NO_NUMBER), 'What the container runs; {version} stands for that of the release.'),
  container: described(
    matching(CONTAINER_APP, NO_NUMBER),
    'The container that gets the image, where there are several.',
  ),
  template: described(
    matching(new RegExp(`(?=.*\\S)${PACKAGE_PATH.source}`, 's'), ANY_NUMBER),
    'A template for the new revision, relative to this file.',
  ),
  deactivateOld: described(TRUTH, 'End the revisions from before once the new one is verified.'),
  server: matching(SERVER_NAME, { type: 'number', minimum: 0 }),
  database: matching(DATABASE_NAME, ANY_NUMBER),
  expand: described(migration, 'Grows the schema, before the consumers are deployed.'),
  contract: described(contract, 'Shrinks the schema, once every consumer is verified.'),
  run,
  timeout: duration,
  pipeline: text,
  project: text,
  dependsOn: define(
    'dependsOn',
    described(
      oneOrMore(matching(/^\s*[A-Za-z0-9][A-Za-z0-9._-]{0,99}\s*(@.*\S.*)?$/, { type: 'number', minimum: 0 })),
      'What it needs: service, or service@range.',
    ),
  ),
  deployedBy,
  pointOfNoReturn: TRUTH,
};

const REQUIRED: Partial<Record<ServiceKind, string>> = {
  appService: 'app',
  containerApp: 'app',
  staticWebApp: 'app',
  package: 'version',
  command: 'run',
  pipeline: 'pipeline',
};

function serviceOf(kind: ServiceKind): Schema {
  if (kind === 'checked') return mapping([...COMMON_KEYS.filter((key) => key !== 'kind'), ...OWN_KEYS[kind]], VALUES);
  const values = { ...VALUES, kind: { const: kind }, version: kind === 'package' ? exactVersion : endpoint };
  const needed = REQUIRED[kind];
  const required = ['kind', ...(needed === undefined ? [] : [needed])];
  return mapping([...COMMON_KEYS, ...OWN_KEYS[kind]], values, { required });
}

const name: Schema = { pattern: NAME.source };
const overlay = mapping([...new Set(KINDS.flatMap((kind) => overlayKeys(kind)))], {
  ...VALUES,
  version: { anyOf: [endpoint, exactVersion] },
});

/**
 * The JSON schema of `service-graph.yml`. What it cannot say is said by the reader alone: names that have to be those of
 * services, edges, ranges, and durations that are nothing or too long.
 */
export const serviceGraphSchema: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Service graph of Safe Rollout',
  ...mapping(
    ROOT_KEYS.known,
    {
      version: { enum: [1, '1'] },
      defaults: described(
        mapping(DEFAULT_KEYS.known, VALUES),
        'What holds for services that do not say it themselves.',
      ),
      environments: {
        description: "Overlays of names; those of the base are production's.",
        type: 'object',
        propertyNames: { ...name, not: { pattern: '^[Pp][Rr][Oo][Dd][Uu][Cc][Tt][Ii][Oo][Nn]$' } },
        additionalProperties: mapping(ENVIRONMENT_KEYS, {
          ...VALUES,
          services: { type: 'object', additionalProperties: overlay },
        }),
      },
      deploys: {
        description: 'The services that the pipelines beside this file answer for; all when left out.',
        type: 'array',
        items: text,
        minItems: 1,
        uniqueItems: true,
      },
      ignore: {
        description: 'Findings of the order check that are accepted, each with the reason why.',
        type: 'array',
        items: mapping(
          IGNORE_KEYS,
          { rule: text, services: { anyOf: [text, { type: 'array', items: text, minItems: 1 }] }, reason: text },
          { required: IGNORE_KEYS },
        ),
      },
      services: {
        type: 'object',
        minProperties: 1,
        propertyNames: name,
        additionalProperties: { type: 'object', anyOf: KINDS.map(serviceOf) },
      },
    },
    { required: ['version', 'services'] },
  ),
  definitions: DEFINITIONS,
};
