import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkOrder, type OrderCheck } from '../../../src/order/check-order.ts';
import { templateRepositories } from '../../fakes/template-repositories.ts';

/** What is known of the service about expansion, by how it is known, and the golden pairs that hold it. */
const KNOWN: readonly (readonly [string, 'measured' | 'documented' | 'observed', readonly string[]])[] = [
  ['each kind of template, in its list', 'documented', ['ok/template-all-kinds', 'err/template-shapes']],
  ['extends', 'documented', ['ok/extends-twice', 'ok/each-job-wrapped-in-steps']],
  [
    'paths: relative to the file, / the root, backslash a slash, alias in any case, path in its case',
    'measured',
    ['ok/template-paths', 'ok/template-pipeline-below-the-root', 'err/template-not-to-be-had'],
  ],
  [
    'other repositories: a bare path stays there, @self is the pipeline’s, crossing starts at the root',
    'measured',
    ['ok/template-other-repositories', 'err/template-from-another-repository-back-by-a-relative-path'],
  ],
  ['File not found, No repository found, The file path is invalid', 'measured', ['err/template-not-to-be-had']],
  ['Maximum object depth exceeded where files include themselves', 'measured', ['err/template-that-includes-itself']],
  ['the same file twice is no circle', 'measured', ['ok/template-twice-is-no-circle']],
  [
    'parameters are bound for each file; inlining would read those of the parent',
    'measured',
    ['ok/template-scopes-are-apart', 'err/parameters-of-the-template-are-not-seen-by-the-caller'],
  ],
  [
    'arguments follow their references from the file that takes them',
    'measured',
    ['ok/template-references-in-arguments-start-from-who-takes-them'],
  ],
  [
    'arguments of type object: from the file that inserts them or the one they are written in, whichever is there',
    'observed',
    ['ok/template-in-an-object-where-one-file-is-there', 'err/template-in-an-object-from-another-folder'],
  ],
  ['a list item that an expression makes of a reference', 'observed', ['ok/each-item-that-is-a-reference']],
  [
    'what is open in an argument is said where it is inserted',
    'documented',
    ['err/arguments-open-in-what-is-inserted'],
  ],
  [
    'Unexpected parameter, A value must be provided, is not a valid value',
    'measured',
    ['err/parameters-wrong-values', 'err/parameters-chosen-that-do-not-fit'],
  ],
  ['16 types in a template and 20 in a pipeline, by name', 'measured', ['err/parameters-types']],
  [
    'scalars are bound by their text; objects keep types; nothing is the empty text',
    'measured',
    ['ok/parameters-text-as-written', 'ok/parameters-objects-keep-types-and-old-ones-do-not'],
  ],
  ['values after conversion, by case', 'measured', ['ok/parameters-values-after-conversion']],
  [
    'no expression in a default, but a text in quotes',
    'measured',
    ['ok/parameters-default-may-be-a-quoted-text', 'err/parameters-defaults-are-no-expressions'],
  ],
  ['a template without a block takes anything', 'measured', ['ok/parameters-without-a-block-take-anything']],
  ['values chosen for a run are bound as others', 'measured', ['ok/parameters-chosen-for-the-run']],
  ['scalar parameters without type are strings', 'documented', ['ok/template-old-parameters']],
  [
    'the old mapping, and a file without parameters, take what they do not name, and read nothing where nothing was given',
    'observed',
    ['ok/parameters-old-mapping-takes-others', 'ok/parameters-all-passed-on'],
  ],
  ['directives: lower case only', 'measured', ['err/if-case-of-the-word-counts', 'err/if-counts-of-parameters']],
  [
    'if, elseif, else: the first that is true, lazily, across siblings',
    'measured',
    ['ok/if-first-true-wins', 'ok/if-chain-goes-on-past-a-sibling', 'ok/if-what-is-not-taken-is-not-evaluated'],
  ],
  [
    'orphans, and what ends a chain',
    'measured',
    ['err/if-orphans', 'err/if-after-else', 'err/if-a-loop-ends-the-chain'],
  ],
  ['truth of every kind', 'measured', ['ok/if-truthiness']],
  ['equal directive keys in one mapping', 'measured', ['ok/if-equal-keys-in-one-mapping-both-count']],
  ['each over lists, mappings, steps and jobs', 'documented', ['ok/each-nested', 'ok/each-job-wrapped-in-steps']],
  ['the key and value of a loop’s item, in any case', 'observed', ['ok/each-pair-in-any-case']],
  ['order of keys', 'measured', ['ok/each-mapping-keeps-its-order']],
  ['names of loops collide with contexts, functions and outer loops', 'measured', ['err/each-names']],
  [
    'insert: at its place, in order, once an item; what is there already is refused',
    'measured',
    ['ok/insert-at-its-place-in-written-order', 'ok/insert-in-a-list-makes-one-item', 'err/insert-keys-that-are-there'],
  ],
  ['an array in an array is flattened', 'documented', ['ok/scalar-whole-keeps-its-kind']],
  [
    'a whole scalar keeps its kind, a mixed one is text',
    'measured',
    ['ok/scalar-texts-of-values', 'ok/scalar-mixed-is-text'],
  ],
  ['keys are texts', 'measured', ['ok/scalar-keys', 'err/scalar-collections-in-texts-and-keys']],
  ['a literal ${{ in quotes', 'documented', ['err/scalar-text-that-looks-like-an-expression']],
  [
    'parameters.missing fails, variables.missing is null',
    'measured',
    ['err/scalar-faulty-expressions', 'ok/scalar-mixed-is-text'],
  ],
  ['depth of expressions', 'measured', ['err/scalar-faulty-expressions']],
  ['template variables: the YAML so far, by layers', 'measured', ['ok/variables-mapping-list-and-layers']],
  ['predefined variables, and none of the queue', 'documented', ['ok/variables-that-the-service-sets']],
  ['$[ ] and groups are not known', 'measured', ['err/variables-of-which-nothing-is-known']],
  ['no directive in resources.repositories', 'measured', ['err/expressions-in-repositories']],
  ['an expression for the ref of a repository', 'documented', ['ok/template-of-a-branch-by-expression']],
  ['anchors and keys that come twice, in templates too', 'measured', ['err/template-shapes']],
];

describe('what is known of expansion', () => {
  for (const [fact, how, pairs] of KNOWN)
    it(`${fact} [${how}]`, () => {
      for (const pair of pairs) assert.ok(existsSync(join('test/golden/expand', `${pair}.txt`)), pair);
    });

  it('has a row for every part of the golden pairs', () => {
    const named = KNOWN.flatMap(([, , pairs]) => pairs.map((pair) => pair.split(/[/-]/)[1]));
    const parts = readdirSync('test/golden/expand', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.txt'))
      .map((file) => file.split(/[/\\-]/)[1] ?? '');
    const missing = [...new Set(parts)].filter((part) => !named.includes(part));
    assert.deepEqual(missing, []);
  });
});

const GRAPH = `version: 1
services:
  a: { kind: appService, app: app-a }
  b: { kind: appService, app: app-b, dependsOn: [a] }
`;
const swap = (app: string): string =>
  `{ task: AzureAppServiceManage@0, inputs: { WebAppName: ${app}, SourceSlot: staging } }`;
const stage = (name: string, app: string): string => `- stage: ${name}
  jobs: [{ job: J, steps: [${swap(app)}] }]
`;
/** In order by itself: whatever is put beside these two must not let the check pass if it could change them. */
const SOUND = `stages:\n${stage('A', 'app-a')}${stage('B', 'app-b')}`;

function check(pipelineText: string, files: Record<string, string> = {}): OrderCheck {
  const choices = { templates: templateRepositories(files) };
  const pipelineFile = 'azure-pipelines.yml';
  return checkOrder({ pipelineText, pipelineFile, graphText: GRAPH, graphFile: 'service-graph.yml', choices });
}

describe('what nobody has measured is never a pass', () => {
  it('passes what is sound', () => assert.ok(check(SOUND).ok));

  const open: readonly (readonly [string, string, Record<string, string>?])[] = [
    [
      'a loop over an empty text',
      `parameters: [{ name: p, default: '' }]\n${SOUND}- \${{ each x in parameters.p }}:\n  - stage: C\n`,
    ],
    [
      'a false that was passed on inside of an object',
      `${SOUND}- template: t.yml\n  parameters: { o: { off: "\${{ false }}" } }\n`,
      {
        '/t.yml':
          'parameters: [{ name: o, type: object }]\nstages:\n- ${{ if parameters.o.off }}:\n  - stage: C\n    jobs: [{ job: J }]\n',
      },
    ],
    [
      'a false in an argument of a template without parameters',
      `${SOUND}- template: t.yml\n  parameters: { x: false }\n`,
      { '/t.yml': 'stages:\n- ${{ if parameters.x }}:\n  - stage: C\n    jobs: [{ job: J }]\n' },
    ],
    [
      'a number of which readers differ',
      `parameters: [{ name: o, type: object, default: { n: 0x0 } }]\n${SOUND}- \${{ if parameters.o.n }}:\n  - stage: C\n    jobs: [{ job: J }]\n`,
    ],
    ['a directive right under another', `${SOUND}- \${{ if true }}:\n    \${{ if true }}:\n    - stage: C\n`],
    [
      'variables that stand behind their use',
      `${SOUND}- \${{ if variables.v }}:\n  - stage: C\n    jobs: [{ job: J }]\nvariables: { v: 1 }\n`,
    ],
    [
      'variables in a pipeline and in what it extends',
      'variables: { a: 1 }\nextends: { template: t.yml }\n',
      { '/t.yml': `variables: { b: 1 }\n${SOUND}` },
    ],
    ['a predefined variable', `${SOUND}  dependsOn: \${{ variables['Build.SourceVersion'] }}\n`],
    ['all variables together', `${SOUND}- \${{ if length(variables) }}:\n  - stage: C\n    jobs: [{ job: J }]\n`],
    ['a template without the list', `${SOUND}- template: t.yml\n`, { '/t.yml': 'parameters: []\n' }],
    [
      'a reference in an argument of type object, from another folder',
      'extends:\n  template: d/t.yml\n  parameters: { l: [{ template: s.yml }] }\n',
      {
        '/d/t.yml': 'parameters: [{ name: l, type: object }]\nstages: ${{ parameters.l }}\n',
        '/s.yml': SOUND,
        '/d/s.yml': SOUND,
      },
    ],
    [
      'a repository that is not at hand',
      `resources: { repositories: [{ repository: r }] }\n${SOUND}- template: t.yml@r\n`,
    ],
    [
      'a parameter without a value',
      `parameters: [{ name: p, type: object }]\n${SOUND}- \${{ if parameters.p }}:\n  - stage: C\n    jobs: [{ job: J }]\n`,
    ],
    [
      'a step that a task’s id stands for',
      `extends:\n  template: t.yml\n  parameters: { s: [{ publish: x, artifact: y }] }\n`,
      {
        '/t.yml': `parameters: [{ name: s, type: stepList }]\n${SOUND}- \${{ each s in parameters.s }}:\n  - \${{ if s.inputs }}:\n    - stage: C\n      jobs: [{ job: J }]\n`,
      },
    ],
  ];
  for (const [what, text, files] of open)
    it(what, () => {
      const { ok, findings, unresolved } = check(text, files);
      assert.equal(ok, false);
      assert.deepEqual(
        findings.filter(({ severity }) => severity === 'error'),
        [],
      );
      assert.ok(unresolved.length > 0);
    });
});

describe('a false or a zero that an expression has made inside of an object', () => {
  const job =
    'parameters: [{ name: when, type: string, default: succeeded() }]\njobs:\n- job: J\n  displayName: "is ${{ parameters.when }}"\n  condition: ${{ parameters.when }}\n';
  const files = {
    '/t.yml':
      'parameters: [{ name: jobs, type: object }]\nstages:\n- stage: C\n  jobs:\n  - ${{ each job in parameters.jobs }}:\n    - template: job.yml\n      parameters: { when: "${{ job.when }}" }\n',
    '/job.yml': job,
  };
  for (const [made, condition] of [
    ['false', 'False'],
    ['eq(1, 2)', 'False'],
    ['true', 'True'],
    ['0', '0'],
  ] as const)
    it(`has its text all the same: ${made}`, () => {
      const text = `${SOUND}- template: t.yml\n  parameters: { jobs: [{ when: "\${{ ${made} }}" }] }\n`;
      const { ok, unresolved, seen } = check(text, files);
      assert.deepEqual([ok, unresolved], [true, []]);
      assert.equal(seen.pipeline?.stages[2]?.jobs[0]?.condition?.text, condition);
    });
});
