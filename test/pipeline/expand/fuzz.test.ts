import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expandPipeline } from '../../../src/pipeline/expand/expand-pipeline.ts';
import { printExpanded } from '../../../src/pipeline/expand/print-expanded.ts';
import { readPipeline } from '../../../src/pipeline/read-pipeline.ts';
import type { YamlNode } from '../../../src/yaml/node.ts';
import { templateRepositories } from '../../fakes/template-repositories.ts';
import { runs } from '../../depth.ts';

const LIMITS = { seed: 20260807, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: true };

const key = fc.constantFrom(
  ...['stages', 'jobs', 'steps', 'stage', 'job', 'dependsOn', 'template', 'parameters', 'variables', 'name', 'value'],
  ...['extends', 'group', 'type', 'default', 'values', 'env', 'inputs', 'p', 'q', 'resources', 'repositories'],
  ...['${{ if true }}', '${{ if parameters.p }}', '${{ else }}', '${{ elseif eq(variables.v, 1) }}', '${{ insert }}'],
  ...[
    '${{ each x in parameters.p }}',
    '${{ each y in x }}',
    '${{ x }}',
    'a${{ variables.v }}',
    '${{ if',
    '${{ each }}',
  ],
);
const word = fc.constantFrom(
  ...['', 'A', 'B', 'a.yml', 'b.yml', '/b.yml@self', 'c.yml@t', '../x.yml', 'object', 'stepList', 'true', '0', 'p'],
  ...['${{ parameters.p }}', '${{ parameters }}', '${{ x }}', '${{ variables.v }}', "${{ variables['Build.Reason'] }}"],
  ...["a${{ 'b' }}", '${{ convertToJson(parameters.p) }}', '${{', "${{ '${{' }}", '$(m)', '$[ r ]', '\u0000', '\uFEFF'],
);
const tree = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    word,
    fc.constantFrom(null, true, 1),
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(key, tie('node'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).node;
const parameters = fc.constantFrom(
  [{ name: 'p', type: 'object', default: [{ a: 1 }, 'b', []] }],
  [
    { name: 'p', type: 'stepList', default: [{ script: 's' }, { template: 'b.yml' }] },
    { name: 'q', default: '' },
  ],
  [{ name: 'p' }],
);
const file = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ parameters, stages: tree, jobs: tree, steps: tree, variables: tree }, { requiredKeys: [] }),
  },
  { weight: 1, arbitrary: tree },
);

/** Every node of what came out, with the levels above it. */
function walk(node: YamlNode, level: number, seen: (node: YamlNode, level: number) => void): void {
  seen(node, level);
  if (node.kind === 'sequence') for (const item of node.items) walk(item, level + 1, seen);
  if (node.kind === 'mapping')
    for (const entry of node.entries) {
      seen(entry.key, level);
      walk(entry.value, level + 1, seen);
    }
}

describe('no file breaks the expansion', () => {
  it('never throws, keeps a place for every node, and leaves nothing open in silence', () => {
    let clean = 0;
    let open = 0;
    fc.assert(
      fc.property(file, file, file, (root, a, b) => {
        const files = { '/a.yml': JSON.stringify(a), '/b.yml': JSON.stringify(b) };
        const choices = { templates: templateRepositories(files), variables: { 'Build.Reason': 'Manual' } };
        const text = JSON.stringify(root);
        const expanded = expandPipeline(text, 'p.yml', choices);
        readPipeline(text, 'p.yml', choices);
        if (expanded.root === undefined) return;
        printExpanded({ ...expanded, root: expanded.root });
        const places = new Set(['p.yml', 'a.yml', 'b.yml']);
        walk(expanded.root, 0, (node, level) => {
          assert.ok(places.has(node.file) && node.line >= 1 && node.column >= 1, JSON.stringify(node).slice(0, 200));
          assert.ok(level <= 101);
        });
        if (expanded.findings.length > 0) return;
        if (expanded.unresolved.length > 0) open++;
        else clean++;
      }),
      { ...LIMITS, numRuns: runs(1500) },
    );
    assert.ok(clean > runs(40) && open >= runs(8), `${clean} clean, ${open} open: the fuzz says little`);
  });

  it('takes any text at all as a template', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const choices = { templates: templateRepositories({ '/a.yml': text }) };
        const { findings, unresolved } = expandPipeline('steps:\n- template: a.yml\n', 'p.yml', choices);
        assert.ok(findings.length + unresolved.length > 0 || text.includes('steps'));
      }),
      { ...LIMITS, numRuns: runs(1000) },
    );
  });

  it('reads the same pipeline the same way twice', () => {
    fc.assert(
      fc.property(file, file, (root, a) => {
        const once = (): unknown => {
          const templates = templateRepositories({ '/a.yml': JSON.stringify(a) });
          const { root: made, findings, unresolved } = expandPipeline(JSON.stringify(root), 'p.yml', { templates });
          return { made, findings, unresolved };
        };
        assert.deepEqual(once(), once());
      }),
      { ...LIMITS, numRuns: runs(500) },
    );
  });
});
