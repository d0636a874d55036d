import type { Access, Call, ContextName, Expression, Node } from './syntax.ts';

/** What a context is asked for: `dependencies.A.outputs['s.v']` is `dependencies` with the path `A`, `outputs`, `s.v`. */
export interface Reference {
  readonly context: string;
  /** Names as written; undefined where only the run knows (an index that is no literal, or `*`). */
  readonly path: readonly (string | undefined)[];
  readonly start: number;
  readonly end: number;
}

/** Every use of a context in an expression, evaluated or not, in the order of the text. */
export function findReferences(expression: Expression): readonly Reference[] {
  return walk(expression.root)
    .flatMap((node): Reference[] => {
      if (node.type === 'context') return [reference(node, undefined)];
      return node.type === 'access' && node.target.type === 'context' ? [reference(node.target, node)] : [];
    })
    .sort((a, b) => a.start - b.start);
}

/** Every call in an expression, evaluated or not, in the order of the text. */
export function findCalls(expression: Expression): readonly Call[] {
  return walk(expression.root)
    .filter((node) => node.type === 'call')
    .sort((a, b) => a.start - b.start);
}

function reference(context: ContextName, access: Access | undefined): Reference {
  const path = (access?.path ?? []).map((step) => {
    if (step.type === 'member') return step.name;
    if (step.type === 'wildcard' || step.index.type !== 'literal') return undefined;
    return step.index.value.kind === 'string' ? step.index.value.value : undefined;
  });
  return { context: context.name, path, start: context.start, end: access?.end ?? context.end };
}

/** All nodes, a context under an access counting as part of the access. */
function walk(root: Node): Node[] {
  const found: Node[] = [];
  const waiting: Node[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    found.push(node);
    if (node.type === 'call') waiting.push(...node.args);
    if (node.type !== 'access') continue;
    if (node.target.type === 'call') waiting.push(node.target);
    for (const step of node.path) if (step.type === 'index') waiting.push(step.index);
  }
  return found;
}
