import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readCatalogue } from '../../src/catalogue/read-catalogue.ts';
import { WRITTEN_KINDS } from '../../src/catalogue/read-kinds.ts';

const PAGE = readFileSync('docs/service-graph.md', 'utf8');
const examples = [...PAGE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);

describe('docs/service-graph.md', () => {
  it('has examples', () => assert.ok(examples.length >= 4));
  examples.forEach((text, at) =>
    it(`shows a graph file that reads, number ${at + 1}`, () =>
      assert.deepEqual(readCatalogue(text, 'service-graph.yml').findings, [])),
  );
  it('tells every kind', () => {
    for (const kind of WRITTEN_KINDS) assert.ok(PAGE.includes(`| \`${kind}\``), kind);
  });
});
