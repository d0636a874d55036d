/** What stopped us, as facts. The sentence for people is made of them in one place, below. */
export type RolloutFacts =
  | {
      readonly code: 'app-not-found';
      readonly app: string;
      readonly resourceGroup: string;
      readonly slot: string | undefined;
      /** The command that creates what is missing, where there is one. */
      readonly cure?: string;
    }
  | {
      readonly code: 'forbidden';
      readonly operation: string;
      /** As roles list it, or undefined where it is not known. */
      readonly right: string | undefined;
      readonly scope: string;
      readonly detail: string;
    }
  | { readonly code: 'unauthenticated'; readonly detail: string }
  | { readonly code: 'unreadable'; readonly what: string; readonly detail: string }
  | {
      readonly code: 'journal-failed';
      /** `plan`: the first entry of a run was not written, so that the run has not begun. `later`: it may have. */
      readonly stage: 'plan' | 'later';
      readonly what: string;
      readonly detail: string;
    }
  | { readonly code: 'bad-package'; readonly file: string; readonly detail: string }
  | { readonly code: 'bad-input'; readonly problems: readonly string[] };

/** Thrown once, at the place that cannot go on; caught where the result is decided. A bug is a plain `Error`. */
export class RolloutError extends Error {
  readonly facts: RolloutFacts;

  constructor(facts: RolloutFacts, options?: ErrorOptions) {
    super(explain(facts), options);
    this.name = 'RolloutError';
    this.facts = facts;
  }
}

/** The run was told to stop. Not a failure of anything; nothing is begun after it. */
export class Interrupted extends Error {
  constructor(signal = 'a signal') {
    super(`stopped by ${signal}`);
    this.name = 'Interrupted';
  }
}

/** True when an error means that `signal` asked to stop, in whatever way a library wrapped it. */
export function isInterruption(error: unknown, signal: AbortSignal | undefined): boolean {
  return error instanceof Interrupted || (signal?.aborted === true && error instanceof Error);
}

function explain(facts: RolloutFacts): string {
  switch (facts.code) {
    case 'app-not-found':
      return facts.slot === undefined
        ? `App '${facts.app}' was not found in resource group '${facts.resourceGroup}'. Check the name, the resource group and the subscription; names of the graph file are production's.`
        : `App '${facts.app}' has no slot '${facts.slot}'. Create it${facts.cure === undefined ? '' : ` (${facts.cure})`} or name another one.`;
    case 'forbidden':
      return `Azure refused ${facts.operation}: the identity lacks ${facts.right === undefined ? 'a right' : `the right ${facts.right}`} on ${facts.scope}. Grant it that one action, or a role that holds it (${roleFor(facts.right)} holds all that is used here). Azure said: ${facts.detail}`;
    case 'unauthenticated':
      return `Azure did not accept the credentials. Check the service connection, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET; a secret may have expired. ${facts.detail}`;
    case 'unreadable':
      return `${facts.what} could not be read: ${facts.detail}`;
    case 'journal-failed':
      return `The journal could not be ${facts.what}: ${facts.detail}. ${facts.stage === 'plan' ? 'Nothing was begun' : 'What was to follow was not done'}`;
    case 'bad-package':
      return `Package ${facts.file}: ${facts.detail}`;
    case 'bad-input':
      return facts.problems.join('\n');
  }
}

/** The built-in role that holds all rights that are used on an app of this kind. */
export function roleFor(right: string | undefined): string {
  return right?.startsWith('Microsoft.App/') === true ? 'Container Apps Contributor' : 'Website Contributor';
}
