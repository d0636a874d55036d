import type { Ignore } from '../catalogue/read-ignore.ts';
import type { ServiceNode } from '../catalogue/model.ts';
import type { Finding } from '../finding/finding.ts';
import type { Pipeline, Unresolved } from '../pipeline/model.ts';
import type { Judgement } from './judge/verdict.ts';
import type { Deployment } from './match/deployments.ts';
import type { Precondition } from './require/preconditions.ts';

/** The answer of the order check. */
export interface OrderCheck {
  /** No error was found and nothing was left unjudged. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  /** In the order of the pipeline's lines. */
  readonly deployments: readonly Deployment[];
  readonly unresolved: readonly Unresolved[];
  /** What other pipelines must have deployed when this one runs. */
  readonly preconditions: readonly Precondition[];
  /** Findings that the graph file accepts. */
  readonly ignored: readonly Ignore[];
  readonly seen: Seen;
  /** Texts of the templates that were read, by the names that findings carry. */
  readonly sources: ReadonlyMap<string, string>;
}

/** What the answer was drawn from, for whoever shows it or mends it. */
export interface Seen {
  /** Undefined when the file is no pipeline. */
  readonly pipeline: Pipeline | undefined;
  readonly services: readonly ServiceNode[];
  /** Empty when the order was not judged. */
  readonly judgements: readonly Judgement[];
  /** Of the other cases of what may be chosen: `judgements` are those of the defaults. */
  readonly otherwise: readonly Judgement[];
  /** False when what could not be read may add stages, jobs or edges: then no edge has been judged. */
  readonly whole: boolean;
  /** Lists and objects that could be given otherwise when a run is queued: the answer is about their defaults. */
  readonly defaulted: readonly string[];
  /**
   * For how many cases the answer is, and what is chosen in them; one, of nothing, where no choice matters. Of them `judged`
   * were judged one by one, and these stand for the others.
   */
  readonly cases: { readonly count: number; readonly judged: number; readonly of: readonly string[] };
  /** Texts that may be chosen and name things: the names are those of their defaults. */
  readonly standing: readonly string[];
  /** What was given, `name=value`: the answer is about runs with that. */
  readonly given: readonly string[];
  /** Services that no such run deploys, and runs with other choices do. */
  readonly leftOut: readonly string[];
}
