import type { Expression } from '../expression/syntax.ts';
import type { Position } from '../finding/finding.ts';

/** A name in a `dependsOn`, where it is written; for the implicit one, where the stage is. */
export interface Reference extends Position {
  readonly name: string;
}

/** Something this check cannot judge. It is never taken for right: a check with one of these fails. */
export interface Unresolved extends Position {
  readonly what: string;
}

/** An authored `condition`. The default one, `succeeded()`, is no condition at all here. */
export interface Condition extends Position {
  /** As written, without the white space around it. */
  readonly text: string;
  /** Undefined: the text still holds template expressions, so that the condition may be anything. */
  readonly expression: Expression | undefined;
}

/** A setting that is on or off, or that only the run decides. */
export interface Toggle extends Position {
  readonly value: 'true' | 'false' | 'unknown';
}

/** A `lockBehavior`: what a stage that waits for an exclusive lock does when a newer run of the pipeline asks for it too. */
export interface Lock extends Position {
  readonly behavior: 'sequential' | 'runLatest' | 'unknown';
}

/** The variables that one level of a pipeline defines. */
export interface VariableScope {
  /** By lower-case name; undefined where the value is known only at run time. */
  readonly values: ReadonlyMap<string, string | undefined>;
  /** By lower-case name: values that are known once the macros `$(name)` in them are. */
  readonly macros: ReadonlyMap<string, string>;
  /** Groups or templates may define others. */
  readonly open: boolean;
}

/** `AzureWebApp@1`, `ms-contrib.ext.Task@1`: the last part of the name decides, the rest says who published it. */
export interface TaskReference {
  readonly name: string;
  readonly major: string | undefined;
}

/** One value under `inputs`. Names of inputs ignore case. */
export interface TaskInput extends Position {
  readonly text: string;
}

export interface Step extends Position {
  /** By which its outputs are asked for; undefined without one, and where it is not known. */
  readonly name: string | undefined;
  readonly task: TaskReference | undefined;
  /** By lower-case name. */
  readonly inputs: ReadonlyMap<string, TaskInput>;
  /** False when an expression that could not be decided may give inputs that are not here. */
  readonly inputsComplete: boolean;
  readonly condition: Condition | undefined;
  /** A failure of the step does not fail its job, which then ends as `SucceededWithIssues`. */
  readonly continueOnError: Toggle | undefined;
  readonly enabled: Toggle | undefined;
  /** Variables of the step's environment, by name. */
  readonly env: ReadonlyMap<string, TaskInput>;
}

export interface Job extends Position {
  /** As authored, or as the service calls an unnamed one. Unique in its stage but for the service's own error. */
  readonly name: string;
  readonly named: boolean;
  readonly dependsOn: readonly Reference[];
  readonly condition: Condition | undefined;
  /** What depends on the job sees a failure of it as `SucceededWithIssues`. */
  readonly continueOnError: Toggle | undefined;
  readonly variables: VariableScope;
  /** In the order in which they run: hooks one after the other. Steps of `on: failure` are not among them. */
  readonly steps: readonly Step[];
  /** The steps of `on: failure`; undefined when the job has no such hook, as only deployments can. */
  readonly onFailure: readonly Step[] | undefined;
  readonly kind: 'job' | 'deployment';
  /** The environment that a deployment names, without its resource; undefined for others, and where only the run knows. */
  readonly environment: string | undefined;
  /**
   * Its steps run several times, so that they have no one order: hooks of `rolling` and `canary`, the legs of `matrix` and
   * `parallel`, beside each other.
   */
  readonly repeats: boolean;
  /** What each leg of a matrix sets; empty without one, and where legs are made while the pipeline runs. */
  readonly legs: readonly VariableScope[];
  /** The template references by which it came into the pipeline, the outermost first. */
  readonly includes: readonly Position[];
}

export interface Stage extends Position {
  readonly name: string;
  readonly named: boolean;
  /** What the service will wait for: authored, or the stage before. */
  readonly dependsOn: readonly Reference[];
  /** How the dependencies came about: an authored list is extended, an implicit one has to be written out first. */
  readonly order: 'authored' | 'implicit';
  readonly condition: Condition | undefined;
  /** Whether a person may leave the stage out when queueing a run; absent, they may (documented). */
  readonly isSkippable: Toggle | undefined;
  /** Its `trigger` is `manual`: it runs when a person starts it (documented). */
  readonly startedByHand: boolean;
  /** Its own: it makes a lock for the stage (documented), and stands in place of the pipeline's. */
  readonly lock: Lock | undefined;
  readonly variables: VariableScope;
  readonly jobs: readonly Job[];
  /** The template references by which it came into the pipeline, the outermost first. */
  readonly includes: readonly Position[];
  /** False when templates may add jobs or edges that are not here. */
  readonly complete: boolean;
}

/** A pipeline as it is after expansion, with what the service adds by itself. */
export interface Pipeline extends Position {
  readonly stages: readonly Stage[];
  /** Root `jobs` or `steps`: the service makes one stage of them, which has no name in its messages. */
  readonly staged: boolean;
  /** Of the whole pipeline: it makes no lock, and says how the stages wait for those that resources have (documented). */
  readonly lock: Lock | undefined;
  readonly variables: VariableScope;
  /** False when templates may add stages or edges that are not here. */
  readonly complete: boolean;
  /** False when templates may add steps that are not here. */
  readonly stepsComplete: boolean;
}
