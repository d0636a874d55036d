import type { Step, Unresolved } from './model.ts';
import type { StepInputs } from './step-inputs.ts';

/** Where something runs. Names of App Service are unique in all of Azure, those of the others in their group. */
export type Platform = 'appService' | 'containerApp' | 'staticWebApp' | 'database' | 'kubernetes';

/** What a step names of the place it deploys to. A part that it does not name, or not readably, is undefined. */
export interface Place {
  readonly platform: Platform;
  /** The app, the database, or the Helm release or workload in Kubernetes. */
  readonly app: string;
  readonly resourceGroup: string | undefined;
  /** The service connection, as the pipeline names it. */
  readonly connection: string | undefined;
  /** Server of a database. */
  readonly server: string | undefined;
  /** Why the name of the app is one that only the run knows: then `app` is what stands in the pipeline for it. */
  readonly named?: string;
}

/** A graph file that a step reads when it runs: it asks what other pipelines must have deployed before it acts. */
export interface GraphUse {
  readonly graphFile: string;
  /** Name of the environment whose names are used; production when undefined. */
  readonly environment: string | undefined;
}

/** What one step does to running services. */
export type Target =
  /** Puts a release before the users of an app. */
  | ({
      readonly kind: 'exposes';
      readonly asks?: GraphUse;
      /** Of a swap, the names of its two slots in lower case, sorted; absent where only the run knows one. */
      readonly slots?: readonly [string, string];
    } & Place)
  /** Puts a release into a slot, revision or preview that users do not see. */
  | ({ readonly kind: 'uploads'; readonly slot: string } & Place)
  /** Deploys services of a graph file, in its order: those named, or all. */
  | ({ readonly kind: 'services'; readonly names: readonly string[] | 'all' } & GraphUse)
  /** Deploys something, or seems to, that cannot be told from the file. Only `deployedBy` can say what. */
  | {
      readonly kind: 'unknown';
      readonly reasons: readonly Unresolved[];
      /** Why it cannot be relied on, even when it is known what it deploys. */
      readonly doubts: readonly Unresolved[];
      /** What it is when a service of the graph is called as the step calls it: `$(WebAppName)`. */
      readonly as?: { readonly kind: 'exposes' } & Place;
    };

/** One target of a step that may have several. */
export interface Found {
  readonly target: Target;
  /** What of the step does it, for people: `az webapp deployment slot swap`. Undefined: the whole step. */
  readonly call: string | undefined;
}

/** Reads what one step of one task deploys; nothing when it deploys nothing. */
export type ReadTask = (inputs: StepInputs, step: Step, task: string) => readonly Found[];

/**
 * A target whose app only the run knows. Whichever app it is, its users see nothing of what a slot of another name gets.
 * @param why with the place of the name
 */
export function namedByRun(target: Target, why: Unresolved, doubts: readonly Unresolved[] = []): Target | undefined {
  if (target.kind !== 'exposes') return undefined;
  return { kind: 'unknown', reasons: [why], doubts, as: target };
}

/** One target of the whole step, or none. */
export function whole(target: Target | undefined): readonly Found[] {
  return target === undefined ? [] : [{ target, call: undefined }];
}

export function isProduction(slot: string): boolean {
  return slot.toLowerCase() === 'production';
}

/**
 * A swap moves both sides: it exposes a release when either is production.
 * @param source empty: only the run knows it
 */
export function swapTarget(place: Place, source: string, target: string): Target {
  if (!isProduction(source) && !isProduction(target)) return { kind: 'uploads', ...place, slot: target };
  const [first, second] = [source.toLowerCase(), target.toLowerCase()].sort();
  return { kind: 'exposes', ...place, ...(first === '' ? {} : { slots: [first!, second!] }) };
}

/** A deployment into a slot, which users see when it is production. */
export function slotTarget(place: Place, slot: string): Target {
  return isProduction(slot) ? { kind: 'exposes', ...place } : { kind: 'uploads', ...place, slot };
}
