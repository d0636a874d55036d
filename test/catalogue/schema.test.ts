import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { ROOT_KEYS, readDraft } from '../../src/catalogue/read-catalogue.ts';
import { KINDS, OWN_KEYS } from '../../src/catalogue/read-kinds.ts';
import { COMMON_KEYS } from '../../src/catalogue/read-service.ts';
import type { ServiceKind } from '../../src/catalogue/model.ts';
import { runs } from '../depth.ts';

const schema = JSON.parse(readFileSync('schema/service-graph.schema.json', 'utf8')) as object;
const validate = new Ajv({ strict: false }).compile(schema);

/**
 * What no JSON schema can say: names that have to be those of services or differ from others, keys of an overlay that
 * fit the kind of the base, ranges, and durations that are nothing or too long.
 */
const INEXPRESSIBLE =
  /unknown service|differs from|are both deployed|is no version range|twice; write it once|^'\w+' in environments\S* belongs to kind|^unknown key '\w+' in environments\.\S+\.services\.\S+|must be longer than nothing|from high to low/;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** JSON is YAML, so both read the very same document. */
function verdicts(
  document: Json,
): { readonly schema: boolean; readonly reader: boolean; readonly why: string } | undefined {
  const findings = readDraft(JSON.stringify(document), 'g.yml').findings.map(({ message }) => message);
  const wrong = findings.filter((message) => !INEXPRESSIBLE.test(message));
  // What stands behind such a name or key is not read, so that nothing is left to compare.
  if (wrong.length === 0 && findings.length > 0) return undefined;
  const bySchema = validate(document);
  const why = `${JSON.stringify(document)}\nreader: ${wrong.join('; ')}\nschema: ${JSON.stringify(validate.errors)}`;
  return { schema: bySchema, reader: wrong.length === 0, why };
}

const optional = (fields: Record<string, fc.Arbitrary<Json>>, required: string[] = []) =>
  fc.record(fields, { requiredKeys: required }) as unknown as fc.Arbitrary<{ [key: string]: Json }>;
const oneOf = (...values: Json[]): fc.Arbitrary<Json> => fc.constantFrom(...values);

const text = oneOf('x', 'a b', 7, true, 'ü');
const duration = oneOf('200ms', '5s', ' 10m ', '1.5h');
const argv = oneOf(['node'], ['node', '', 1, true], ['a b']);
const probe = fc.oneof(
  optional({
    path: oneOf('/', '/health?x=1'),
    headers: oneOf({}, { 'x-a': 'b', y: 1 }),
    statuses: oneOf(200, '200-299', [200, '300-302'], '404'),
    json: oneOf({}, { '$.a[0].b': 'ok', "$['x y']": 1 }),
    contains: text,
    interval: duration,
    timeout: duration,
    healthyThreshold: oneOf(1, 1000),
    unhealthyThreshold: oneOf(2),
    startup: duration,
  }),
  optional({ url: oneOf('https://contoso.com/health', 'http://localhost:8080') }, ['url']),
);
const endpoint = oneOf({ path: '/v' }, { path: '/v', json: '$.version' });
const deployedBy = oneOf({ stage: 's' }, [{ pipeline: 'p.yml', stage: 's', job: 'j' }], []);

/** One value of every key of each kind; a key that is new in the reader is asked for here. */
const FIELDS: Record<ServiceKind, Record<string, fc.Arbitrary<Json>>> = (() => {
  const app = {
    app: oneOf('app-a', 'Ä1', 7, '$(WebAppName)', 'app-$(env)-eu'),
    resourceGroup: oneOf('rg', 'a.b(c)_d'),
    connection: text,
    probe,
    version: endpoint,
  };
  const migration = optional({ run: argv, timeout: duration }, ['run']);
  return {
    appService: {
      ...app,
      slot: oneOf('staging', 's-1'),
      package: oneOf('a/b.zip', '../x.zip'),
      rollout: oneOf('swap'),
    },
    containerApp: {
      ...app,
      image: oneOf('contoso.azurecr.io/orders:{version}', 'orders:2.0@sha256:' + 'a'.repeat(64), 'orders'),
      container: oneOf('main', 'side-car'),
      template: oneOf('deploy/orders.yml', '../x.json'),
      deactivateOld: oneOf(true, false),
    },
    staticWebApp: app,
    database: {
      server: oneOf('sql-a', 'sql.database.windows.net,1433'),
      database: oneOf('ledger', 'my db'),
      expand: migration,
      contract: optional({ run: argv, timeout: duration, deployedBy }, ['run']),
    },
    package: { version: oneOf('1.2.3', 'v1.0.0-rc.1+build', '0.0.0') },
    command: { run: argv, timeout: duration },
    pipeline: { pipeline: oneOf('store', 42), project: text },
    checked: { app: oneOf('app-a', '$(WebAppName)') },
  };
})();
const REQUIRED: Record<ServiceKind, string[]> = {
  appService: ['app'],
  containerApp: ['app'],
  staticWebApp: ['app'],
  database: [],
  package: ['version'],
  command: ['run'],
  pipeline: ['pipeline'],
  checked: [],
};
const COMMON = {
  dependsOn: oneOf([], 'b', ['a', 'b@2.x'], 'a@^1.0.0'),
  deployedBy,
  pointOfNoReturn: oneOf(true, false),
};

const serviceOf = (kind: ServiceKind) =>
  kind === 'checked'
    ? optional({ ...COMMON, ...FIELDS[kind] })
    : optional({ kind: fc.constant(kind), ...COMMON, ...FIELDS[kind] }, ['kind', ...REQUIRED[kind]]);
const overlayOf = (kind: ServiceKind) => optional({ ...FIELDS[kind], deployedBy });
const kinds = fc.constantFrom(...KINDS);
const valid = fc.tuple(kinds, kinds).chain(([a, b]) =>
  optional(
    {
      version: oneOf(1, '1'),
      defaults: optional({ resourceGroup: oneOf('rg'), connection: text, slot: oneOf('next'), probe }),
      environments: optional({
        test: optional({
          resourceGroup: oneOf('rg'),
          connection: text,
          services: optional({ a: overlayOf(a), b: overlayOf(b) }),
        }),
      }),
      deploys: oneOf(['a'], ['a', 'b']),
      services: optional({ a: serviceOf(a), b: serviceOf(b) }, ['a', 'b']),
      ignore: fc.array(
        optional({ rule: text, services: oneOf('a', ['a', 'b']), reason: text }, ['rule', 'services', 'reason']),
        { maxLength: 2 },
      ),
    },
    ['version', 'services'],
  ),
);

const JUNK: Json[] = [null, {}, [], [null], 'no way/ :', '', 7, -1, 1.5, 0, false, 'production', { x: 1 }, ['x', {}]];
const NEW_KEYS = ['kind', 'url', 'slot', 'sltos', 'app', 'via', 'run', 'version', 'regions', 'path'];

/** Changes one place of a document: another value, a key more, or a key less. */
function mutate(
  document: Json,
  steps: readonly number[],
  junk: Json,
  how: 'replace' | 'add' | 'remove',
  key: string,
): Json {
  const copy = structuredClone(document);
  let at: Json = copy;
  for (const [depth, step] of steps.entries()) {
    if (at === null || typeof at !== 'object') break;
    const keys = Object.keys(at);
    if (keys.length === 0) break;
    const chosen = keys[step % keys.length]!;
    const holder = at as Record<string, Json>;
    const inside: Json = holder[chosen]!;
    if (depth < steps.length - 1 && inside !== null && typeof inside === 'object') {
      at = inside;
      continue;
    }
    if (how === 'replace') holder[chosen] = junk;
    else if (how === 'add' && !Array.isArray(at)) holder[key] = junk;
    else if (how === 'remove' && Array.isArray(at)) at.splice(Number(chosen), 1);
    else if (how === 'remove') delete holder[chosen];
    break;
  }
  return copy;
}

describe('the JSON schema of the graph file', () => {
  it('knows every key of the reader', () => {
    for (const kind of KINDS) assert.deepEqual(Object.keys(FIELDS[kind]).sort(), [...OWN_KEYS[kind]].sort(), kind);
    assert.deepEqual(['kind', ...Object.keys(COMMON)].sort(), [...COMMON_KEYS].sort());
    assert.deepEqual(ROOT_KEYS.known, ['version', 'defaults', 'environments', 'deploys', 'services', 'ignore']);
  });

  it('and the reader accept the same right documents', () =>
    fc.assert(
      fc.property(valid, (document) => {
        const both = verdicts(document);
        assert.ok(both === undefined || (both.schema && both.reader), both?.why);
      }),
      { seed: 20261120, numRuns: runs(1500) },
    ));

  it('and the reader refuse the same wrong ones', () => {
    let refused = 0;
    const mutation = fc.record({
      document: valid,
      steps: fc.array(fc.nat(50), { minLength: 1, maxLength: 7 }),
      junk: fc.constantFrom(...JUNK),
      how: fc.constantFrom('replace' as const, 'add' as const, 'remove' as const),
      key: fc.constantFrom(...NEW_KEYS),
    });
    fc.assert(
      fc.property(mutation, ({ document, steps, junk, how, key }) => {
        const both = verdicts(mutate(document, steps, junk, how, key));
        assert.equal(both?.schema, both?.reader, both?.why);
        if (both?.reader === false) refused++;
      }),
      { seed: 20261120, numRuns: runs(6000) },
    );
    assert.ok(refused > runs(2000), `only ${refused} documents were wrong`);
  });

  it('and the reader say the same of every key with every kind of wrong value', () => {
    let refused = 0;
    const compare = (document: Json): void => {
      const both = verdicts(document);
      assert.equal(both?.schema, both?.reader, both?.why);
      if (both?.reader === false) refused++;
    };
    const sample = (kind: ServiceKind): { [key: string]: Json } =>
      fc.sample(serviceOf(kind), { numRuns: 1, seed: 7 })[0]!;
    const inProbe = [
      'path',
      'url',
      'headers',
      'statuses',
      'json',
      'contains',
      'interval',
      'healthyThreshold',
      'startup',
    ];
    for (const kind of KINDS)
      for (const junk of JUNK) {
        for (const key of [...COMMON_KEYS, ...OWN_KEYS[kind]])
          compare({ version: 1, services: { a: { ...sample(kind), [key]: junk } } });
        for (const key of ['run', 'timeout', 'xx'])
          compare({ version: 1, services: { a: { kind: 'database', expand: { run: ['x'], [key]: junk } } } });
      }
    for (const junk of [...JUNK, ['200'], [99], { ' ': 'x' }, { $: '' }, { a: ' ' }])
      for (const key of inProbe)
        compare({ version: 1, defaults: { probe: { [key]: junk } }, services: { a: sample('package') } });
    assert.ok(refused > 500, `only ${refused} were wrong`);
  });

  it('accepts the example', () => {
    const { findings } = readDraft(readFileSync('examples/contoso/service-graph.yml', 'utf8'), 'g.yml');
    assert.deepEqual(findings, []);
  });
});
