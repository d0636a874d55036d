import assert from 'node:assert/strict';
import fc from 'fast-check';
import { printDraft } from '../../src/catalogue/draft.ts';
import { importGraph } from '../../src/catalogue/import-graph.ts';
import { readCatalogue } from '../../src/catalogue/read-catalogue.ts';
import { runs } from '../depth.ts';

const problems = (text: string, file: string): string[] => {
  const { draft, findings } = importGraph(text, file);
  assert.equal(draft === undefined, findings.length > 0);
  return findings.map(({ line, column, message }) => `${line}:${column} ${message}`);
};

/** `name -> [what it depends on]`, as the draft says it. */
const edges = (text: string, file: string): string => {
  const { draft, findings } = importGraph(text, file);
  assert.deepEqual(findings, []);
  return draft!.services.map(({ name, dependsOn }) => `${name}(${dependsOn.join(' ')})`).join(' ');
};

describe('importGraph', () => {
  const read: [string, string, string, string][] = [
    ['compose.yaml', 'services: { a: { depends_on: [b] }, b: {} }', 'a(b) b()', 'the short form of depends_on'],
    [
      'compose.yaml',
      'services: { a: { depends_on: { b: { condition: service_started } } }, b: }',
      'a(b) b()',
      'the long form',
    ],
    ['docker-compose.prod.yml', 'services: { a: { image: x } }', 'a()', 'another name of a compose file'],
    ['stack.yml', 'services:\n  a:\n    image: x', 'a()', 'a compose file by its text'],
    [
      'azure.yaml',
      'services: { a: { host: appservice, uses: [b] }, b: { host: function } }',
      'a(b) b()',
      'uses of azd',
    ],
    ['app.yaml', 'services:\n  a:\n    host: containerapp', 'a()', 'an azd file by its text'],
    [
      'catalog-info.yml',
      'kind: component\nmetadata: { name: A }\nspec: { dependsOn: [component:b] }\n---\nkind: Component\nmetadata: { name: B }',
      'A(B) B()',
      'references of Backstage without case',
    ],
    [
      'x.yaml',
      'apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: { name: a }',
      'a()',
      'Backstage by its text',
    ],
    ['catalog-info.yaml', '---\n---\nkind: Component\nmetadata: { name: a }\n---\n', 'a()', 'empty documents'],
  ];
  for (const [file, text, expected, reason] of read)
    it(`reads ${reason}`, () => assert.equal(edges(text, file), expected));

  const wrong: [string, string, string[], string][] = [
    [
      'readme.md',
      '# hi',
      ['1:1 the file is none of Backstage (catalog-info.yaml), of azd (azure.yaml) or of compose (compose.yaml)'],
      'another file',
    ],
    ['compose.yaml', '', ['1:1 the file is empty'], 'nothing'],
    ['compose.yaml', 'a: 1', ['1:1 the file has no services'], 'no services'],
    ['compose.yaml', 'services: [a]', ['1:11 services must be a mapping, not a list'], 'a list of services'],
    ['compose.yaml', 'services: {}', ['1:11 services names no service'], 'no service'],
    [
      'compose.yaml',
      'services: { a: { depends_on: b } }',
      ["1:30 depends_on of a must be a list of names, not 'b'"],
      'a name where a list belongs',
    ],
    [
      'compose.yaml',
      'services: { a: { depends_on: [[b]] } }',
      ['1:31 depends_on of a must hold names, not a list'],
      'a list in a list',
    ],
    ['compose.yaml', 'services: { a: {}, a: {} }', ["1:20 'a' is already defined, on line 1"], 'a service twice'],
    [
      'compose.yaml',
      'services: { a: {',
      ['1:17 not valid YAML: Flow map in block collection must be sufficiently indented and end with a }'],
      'text that is no YAML',
    ],
    [
      'compose.yaml',
      'services: {a: }\n---\nservices: {b: }',
      ['2:1 a second document begins here; write only one a file'],
      'two documents',
    ],
    ['azure.yaml', 'name: x', ['1:1 the file has neither services nor resources of azd'], 'an empty azd file'],
    ['azure.yaml', 'services: 5', ["1:11 services must be a mapping, not '5'"], 'a number for services'],
    [
      'catalog-info.yaml',
      'kind: Group\nmetadata: { name: a }',
      ['1:1 the file has no Component and no Resource of Backstage'],
      'no component',
    ],
    ['catalog-info.yaml', 'kind: Component\n', ['1:1 a component without metadata.name'], 'a component without a name'],
  ];
  for (const [file, text, expected, reason] of wrong)
    it(`refuses ${reason}`, () => {
      const found = problems(text, file);
      assert.deepEqual(found.slice(0, expected.length), expected.slice(0, found.length));
      assert.ok(found.length > 0);
    });

  it('follows no alias, however many there are', () => {
    const bomb = ['a0: &a0 [x]', ...Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`)];
    assert.equal(edges(`${bomb.join('\n')}\nservices: { s: { depends_on: *a40 } }`, 'compose.yaml'), 's()');
  });

  it('refuses 20 MB, and 5,000 levels', () => {
    assert.match(problems(`services:\n${' '.repeat(21_000_000)}`, 'compose.yaml')[0]!, /at most 20971520 are read/);
    assert.match(problems('['.repeat(5000), 'compose.yaml')[0]!, /nested more than 100 levels/);
  });

  it('reads what Windows writes: a byte order mark and CRLF', () =>
    assert.equal(
      edges('\uFEFFservices:\r\n  a:\r\n    depends_on:\r\n      - b\r\n  b:\r\n', 'compose.yaml'),
      'a(b) b()',
    ));

  it('makes of any names and edges, also in cycles, a file that reads back', () => {
    const name = fc.oneof(
      fc.string({ minLength: 1, maxLength: 12 }),
      fc.constantFrom('a', 'A', 'b', 'c', '-', 'yes', '__proto__'),
    );
    const file = fc.dictionary(
      name,
      fc.record({ image: fc.constantFrom('x', 'postgres:16'), depends_on: fc.array(name, { maxLength: 4 }) }),
      {
        minKeys: 1,
        maxKeys: 8,
        noNullPrototype: true,
      },
    );
    fc.assert(
      fc.property(file, (services) => {
        const { draft, findings } = importGraph(JSON.stringify({ services }), 'compose.json.yaml');
        // Two keys that YAML takes for one are the file's own mistake.
        if (draft === undefined) assert.ok(findings.length > 0);
        else {
          const text = printDraft(draft);
          if (text !== undefined) assert.deepEqual(readCatalogue(text, 'g.yml').findings, [], text);
        }
      }),
      { seed: 20261120, numRuns: runs(1000) },
    );
  });

  it('unties a hundred services that all need each other', () => {
    const names = Array.from({ length: 100 }, (_, i) => `s${i}`);
    const services = Object.fromEntries(names.map((name) => [name, { depends_on: names }]));
    const text = printDraft(importGraph(JSON.stringify({ services }), 'compose.yaml').draft!)!;
    assert.deepEqual(readCatalogue(text, 'g.yml').findings, []);
  });
});
