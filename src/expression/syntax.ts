import type { FunctionName, Place } from './places.ts';
import type { Known } from './value.ts';

/** Half-open range of indexes into the text that was parsed. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The tree of an expression. Chains of accesses are one node with a path, so the depth of a tree is bounded by the fifty
 * open brackets that the language allows, and walking it by recursion is safe.
 */
export type Node = Literal | ContextName | Call | Access;

export interface Literal extends Span {
  readonly type: 'literal';
  readonly value: Known;
}

/** A context (`variables`) or a loop variable, in lower case. */
export interface ContextName extends Span {
  readonly type: 'context';
  readonly name: string;
}

export interface Call extends Span {
  readonly type: 'call';
  readonly name: FunctionName;
  readonly args: readonly Node[];
}

/** `target.name[index].*`: the target is a context or a call. */
export interface Access extends Span {
  readonly type: 'access';
  readonly target: ContextName | Call;
  readonly path: readonly Step[];
}

export type Step =
  | ({ readonly type: 'member'; readonly name: string } & Span)
  | ({ readonly type: 'index'; readonly index: Node } & Span)
  | ({ readonly type: 'wildcard' } & Span);

/** An expression that the service would accept, as far as we know. */
export interface Expression {
  /** The text as it was given; every offset points into it. */
  readonly source: string;
  readonly place: Place;
  readonly root: Node;
}
