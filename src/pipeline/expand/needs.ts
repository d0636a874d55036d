import { fold } from '../../expression/fold.ts';
import type { Expression } from '../../expression/syntax.ts';
import type { Question } from '../../expression/value.ts';
import type { ScalarNode } from '../../yaml/node.ts';
import type { Frame } from './frame.ts';
import type { Knowledge } from './knowledge.ts';

/** What is known in one case of what is chosen when a run is queued, by the ids of choices. */
export type Case = ReadonlyMap<string, Knowledge>;

/** A choice that something hangs on, and what was asked of it; without a question its very value is wanted. */
export interface Need {
  readonly id: string;
  readonly knowledge: Knowledge;
  readonly question: Question | undefined;
}

/** A need, and the text or key that has it. */
export interface PlacedNeed extends Need {
  readonly at: ScalarNode;
  readonly place: 'text' | 'variable' | 'directive';
}

export function parameterId(name: string): string {
  return `parameter ${fold(name)}`;
}

export function variableId(name: string): string {
  return `variable ${fold(name)}`;
}

/** An expression that came to nothing, and what it could see. */
export interface Undecided {
  readonly expression: Expression;
  readonly frame: Frame;
  /** This check gave it up: no choice would help. */
  readonly ours: boolean;
  readonly wanted: Wanted;
}

/** What the place of an expression wants of it: a value, or whether it is true. */
export type Wanted = 'value' | 'truth';

/** What would have to be known of choices. */
export interface Needs {
  /** For what was reported, in the order of the reports: a list for each expression. */
  readonly must: readonly (readonly Need[])[];
  /** For all that could not be told, reported or not. */
  may(): readonly PlacedNeed[];
  /** Whether a directive is among it, behind which anything may stand. */
  hasOpenDirective(): boolean;
  /** Choices whose defaults stand for them where they name something. */
  standing(): readonly string[];
}
