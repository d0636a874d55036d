import type { JsonObject } from '../json/json.ts';

/** What happened in the emulator; a rule with `after` sleeps until then. */
export type EmulatorEvent =
  | 'swap-accepted'
  | 'swap-switched'
  | 'swap-settled'
  | 'deployment-accepted'
  | 'deployment-settled'
  | 'app-update-accepted'
  | 'app-shifted'
  | 'app-update-settled';

/**
 * What a rule does to a request. `applied-*` let the request have its effect first: the reply is what is lost. The
 * `swap-*` effects answer the swap request as usual and spoil the operation behind it, the `app-*` effects do so with a
 * request that changes a container app.
 */
export type FaultEffect =
  | {
      readonly kind: 'status' | 'applied-then-status';
      readonly status: number;
      readonly body?: string | JsonObject;
      readonly headers?: Readonly<Record<string, string>>;
      readonly retryAfter?: number;
    }
  | { readonly kind: 'delay'; readonly ms: number }
  /** `reset` drops the connection before anything is done; `hang` never answers; `truncated` sends half the reply. */
  | { readonly kind: 'reset' | 'applied-then-reset' | 'hang' | 'applied-then-hang' | 'truncated' }
  /** 429 as Resource Manager answers it; `retryAfter` in seconds, null or absent leaves the header out. */
  | { readonly kind: 'throttle'; readonly retryAfter?: number | null }
  /** 403 AuthorizationFailed with the action that the principal would need; of Azure DevOps TF401027. */
  | { readonly kind: 'forbidden' }
  /** An HTML page where JSON is expected, as gateways and proxies send it; 502 by default. */
  | { readonly kind: 'html'; readonly status?: number }
  /** The operation takes this long to the switch. */
  | { readonly kind: 'swap-slow'; readonly ms: number }
  /** 202 for ever; with `switched` the routing has moved nevertheless. */
  | { readonly kind: 'swap-never-ends'; readonly switched?: boolean }
  /** Ends in an error, nothing moved; `leavesPrepared` also leaves the source prepared for swap. */
  | {
      readonly kind: 'swap-fails';
      readonly status?: number;
      readonly code?: string;
      readonly message?: string;
      readonly leavesPrepared?: boolean;
    }
  /** Routing has moved, the operation ends in an error all the same; `recorded` also sets slotSwapStatus. */
  | {
      readonly kind: 'swap-half-done';
      readonly status?: number;
      readonly message?: string;
      readonly recorded?: boolean;
    }
  /** 409, as while another operation runs on the container app; nothing is done. */
  | { readonly kind: 'app-conflict' }
  /** The operation on the container app takes this long. */
  | { readonly kind: 'app-update-slow'; readonly ms: number }
  /** InProgress for ever; with `applied` everything has been done nevertheless. */
  | { readonly kind: 'app-update-never-ends'; readonly applied?: boolean }
  /** Ends as Failed, nothing changed. */
  | { readonly kind: 'app-update-fails'; readonly code?: string; readonly message?: string }
  /** Ends as Succeeded, but the revision that was asked for does not come. */
  | { readonly kind: 'app-no-revision' }
  /** The new revision stays Provisioning for so long. */
  | { readonly kind: 'app-revision-slow'; readonly ms: number }
  /**
   * The revision that the request makes, or else gives the most weight to, leaves after so many requests at the host of
   * the app; 1 by default.
   */
  | { readonly kind: 'app-revision-crashes'; readonly requests?: number }
  /** Once the new weights hold, the host of the app answers 404 for so long; those of its revisions answer. */
  | { readonly kind: 'app-host-gone'; readonly ms: number };

export interface FaultMatch {
  readonly method?: string;
  /** Source of a regular expression on the decoded path, without regard to case. */
  readonly path?: string;
  /**
   * The host asked: left out for the main endpoint, else `payments` or `payments/staging` for a site's own host, and
   * `orders`, `orders/orders--v2` or `orders/blue` for a container app, a revision and a label of it.
   */
  readonly site?: string;
  /** The first matching request that the rule touches, counted from 1. */
  readonly nth?: number;
  /** How many matching requests it touches from there on; 1 by default. */
  readonly times?: number | 'always';
  /** Asleep until this has happened, counted from when the rule was added. */
  readonly after?: EmulatorEvent;
}

export interface FaultRule {
  readonly id?: string;
  readonly match?: FaultMatch;
  readonly effect: FaultEffect;
}

export interface FaultState extends FaultRule {
  readonly id: string;
  /** Requests that matched, and those of them that were touched. */
  readonly seen: number;
  readonly used: number;
}
