export interface FunctionSpec {
  readonly name: string;
  /** Type of its trigger binding: `httpTrigger`, `queueTrigger`, `timerTrigger`. */
  readonly trigger: string;
  readonly disabled?: boolean;
}

export interface WebJobSpec {
  readonly name: string;
  /** `Running`, `Stopped` and others. */
  readonly status: string;
}

/** A site to begin with: empty slots, each behind a port of its own. */
export interface SiteSpec {
  readonly name: string;
  readonly resourceGroup: string;
  /** Slots besides production; `['staging']` when left out. */
  readonly slots?: readonly string[];
  /** Linux sites have no auto swap and no swap with preview. */
  readonly linux?: boolean;
  /** Does not tell in `inProgressOperationId` what is running: that the service always does was never recorded. */
  readonly hidesOperations?: boolean;
  /** What makes it a function app: the functions of each slot, by slot name. */
  readonly functions?: Readonly<Record<string, readonly FunctionSpec[]>>;
  /** Continuous WebJobs of each slot, by slot name. */
  readonly webJobs?: Readonly<Record<string, readonly WebJobSpec[]>>;
  /** App settings of each slot, by slot name; the site itself is `production`. */
  readonly appSettings?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Names of settings that stay with their slot in a swap. */
  readonly stickySettings?: readonly string[];
  /** Slots that are swapped on their own after each deployment: `{ staging: 'production' }`. */
  readonly autoSwap?: Readonly<Record<string, string>>;
  /** Slots that begin stopped. */
  readonly stopped?: readonly string[];
  /** Slots whose visitors must sign in first. Only settings say so: their apps answer here as they do without it. */
  readonly signIn?: readonly string[];
  /** Accept the publishing password as Basic credentials at the deployment endpoint; new sites do not. */
  readonly scmBasicAuth?: boolean;
}
