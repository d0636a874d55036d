import assert from 'node:assert/strict';
import { drawDot, drawMermaid } from '../../src/graph/draw.ts';
import { graphOf } from './arbitrary.ts';

const GRAPH = graphOf('payments-core:', 'store: payments-core');

describe('draw', () => {
  it('writes Mermaid', () =>
    assert.equal(drawMermaid(GRAPH), 'flowchart LR\n  n0["payments-core"]\n  n1["store"]\n  n0 --> n1\n'));

  it('writes DOT', () =>
    assert.equal(
      drawDot(GRAPH, (name) => `${name}\nweb`),
      'digraph services {\n  rankdir=LR;\n  node [shape=box];\n' +
        '  n0 [label="payments-core\\nweb"];\n  n1 [label="store\\nweb"];\n  n0 -> n1;\n}\n',
    ));

  it('lets no label out of its quotes', () => {
    const label = (): string => 'x"]; click n0 <b>\\';
    assert.match(drawMermaid(GRAPH, label), /n0\["x#34;#93;#59; click n0 #60;b#62;#92;"\]/);
    assert.match(drawDot(GRAPH, label), /n0 \[label="x\\"\]; click n0 <b>\\\\"\];/);
  });
});
