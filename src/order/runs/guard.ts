import { toText } from '../../expression/convert.ts';
import { isStatusFunction } from '../../expression/places.ts';
import { findCalls, findReferences } from '../../expression/references.ts';
import type { Access, Call, Expression, Node } from '../../expression/syntax.ts';
import type { Condition, VariableScope } from '../../pipeline/model.ts';

/** What lets a stage or job run. */
export type Guard =
  /** `succeeded()`, written or not. */
  | { readonly kind: 'default' }
  /** A text that still holds template expressions: anything may come of it. */
  | { readonly kind: 'unreadable'; readonly condition: Condition }
  | {
      readonly kind: 'custom';
      readonly condition: Condition;
      readonly expression: Expression;
      /** It asks `succeeded()` or its like without naming anybody: all that comes before counts. */
      readonly asksAll: boolean;
      /** It asks a status function, whose answer changes when the run is canceled (the open SDK). */
      readonly asksStatus: boolean;
      /** It reads `dependencies`, or names somebody in a status function. */
      readonly asksDirect: boolean;
      /** `stageDependencies.STAGE.JOB`, in lower case; undefined parts where only the run knows. */
      readonly jobsAsked: readonly (readonly [string | undefined, string | undefined])[];
      readonly uses: readonly Use[];
    };

export type Custom = Extract<Guard, { kind: 'custom' }>;

/** Variables, and who defines them: of two stages that are written alike each has values of its own. */
export interface Level {
  readonly scope: VariableScope;
  readonly owner: string;
}

/** A value that only the run knows, and what a condition does with it. */
export interface Use {
  /** The value, the same for every condition that means the same one. */
  readonly key: string;
  /** For people: `variables['x']`. */
  readonly label: string;
  readonly from: Source;
  /** Texts that it is compared with. */
  readonly literals: readonly string[];
  /**
   * How: compared for equality, taken as true or false, by a test that only its own repetition agrees with
   * (`startswith x`), or in a way that no list of values covers.
   */
  readonly how: 'equality' | 'truth' | `test ${string}` | 'other';
}

export type Source =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'output'; readonly path: readonly string[] };

const DEFAULT: Guard = { kind: 'default' };

/**
 * Reads a condition.
 * @param scopes the levels of variables that it sees, the innermost first
 * @param level who its `dependencies` are: the stages, or the jobs of one stage
 */
export function readGuard(condition: Condition | undefined, scopes: readonly Level[], level: string): Guard {
  if (condition === undefined) return DEFAULT;
  const { expression } = condition;
  if (expression === undefined) return { kind: 'unreadable', condition };
  const status = findCalls(expression).filter(({ name }) => isStatusFunction(name) && name !== 'always');
  const references = findReferences(expression);
  return {
    kind: 'custom',
    condition,
    expression,
    asksAll: status.some(({ name, args }) => name !== 'canceled' && args.length === 0),
    asksStatus: status.length > 0,
    asksDirect:
      status.some(({ args }) => args.length > 0) || references.some(({ context }) => context === 'dependencies'),
    jobsAsked: references
      .filter(({ context }) => context === 'stagedependencies')
      .map(({ path }) => [path[0]?.toLowerCase(), path[1]?.toLowerCase()]),
    uses: findUses(expression.root, scopes, level),
  };
}

/** The text that a variable surely has at these levels, or the key under which it is unknown. */
export function resolveVariable(
  name: string,
  scopes: readonly Level[],
): { readonly value: string } | { readonly key: string } {
  const wanted = name.toLowerCase();
  for (const { scope, owner } of scopes) {
    const known = scope.values.get(wanted);
    if (known !== undefined) return { value: known };
    if (scope.values.has(wanted) || scope.open) return { key: `variable of ${owner}: ${wanted}` };
  }
  return { key: `variable: ${wanted}` };
}

const EQUALITY = new Set(['eq', 'ne', 'in', 'notIn']);
/** Tests that a text itself passes and a strange one does not, so that two values show both answers. */
const TESTS = new Set(['startsWith', 'endsWith', 'contains']);
const BOOLEAN = new Set(['and', 'or', 'not', 'xor']);

function findUses(root: Node, scopes: readonly Level[], level: string): Use[] {
  const uses: Use[] = [];
  const visit = (node: Node, parent: Call | undefined, at: number): void => {
    if (node.type === 'call') node.args.forEach((arg, index) => visit(arg, node, index));
    if (node.type !== 'access') return;
    for (const step of node.path)
      if (step.type === 'index' && step.index.type !== 'literal') visit(step.index, undefined, 0);
    if (node.target.type === 'call') visit(node.target, undefined, 0);
    const source = sourceOf(node);
    if (source === undefined) return;
    const key =
      source.kind === 'variable'
        ? resolveVariable(source.name, scopes)
        : { key: `output ${level} ${source.path.join(' ')}` };
    if ('value' in key) return;
    const label = source.kind === 'variable' ? `variables['${source.name}']` : source.path.join('.');
    uses.push({ key: key.key, label, from: source, ...useOf(node, parent, at) });
  };
  visit(root, undefined, 0);
  return uses;
}

/** `variables.x`, or an output of somebody; undefined for everything else. */
function sourceOf({ target, path }: Access): Source | undefined {
  if (target.type !== 'context') return undefined;
  const names = path.map((step) => {
    if (step.type === 'member') return step.name;
    if (step.type === 'index' && step.index.type === 'literal') return toText(step.index.value);
    return undefined;
  });
  if (names.includes(undefined)) return undefined;
  const known = names as string[];
  if (target.name === 'variables') return known.length === 1 ? { kind: 'variable', name: known[0]! } : undefined;
  const depth = target.name === 'dependencies' ? 1 : target.name === 'stagedependencies' ? 2 : undefined;
  if (depth === undefined || known.length !== depth + 2 || known[depth]!.toLowerCase() !== 'outputs') return undefined;
  return { kind: 'output', path: [target.name, ...known.map((name) => name.toLowerCase())] };
}

function useOf(node: Node, parent: Call | undefined, at: number): Pick<Use, 'how' | 'literals'> {
  if (parent === undefined || BOOLEAN.has(parent.name) || (parent.name === 'iif' && at === 0))
    return { how: 'truth', literals: [] };
  const others = parent.args.filter((arg) => arg !== node);
  const literals = others.flatMap((arg) => (arg.type === 'literal' ? (toText(arg.value) ?? []) : []));
  const allLiteral = literals.length === others.length;
  if (EQUALITY.has(parent.name)) {
    const first = parent.args[0]!;
    // The right side is converted to the kind of the left: only as text do equal values have one spelling.
    const asText = first === node || (first.type === 'literal' && first.value.kind === 'string');
    if (asText && (allLiteral || first !== node)) return { how: 'equality', literals };
    if (first.type === 'literal' && first.value.kind === 'boolean') return { how: 'truth', literals: [] };
    return { how: 'other', literals };
  }
  if (TESTS.has(parent.name) && allLiteral && at === 0)
    return { how: `test ${parent.name} ${literals.join(' ')}`, literals };
  return { how: 'other', literals };
}
