import type { EmulatorEvent, FaultEffect, FaultMatch } from './fault.ts';

/** One kind of fault for people: what it does, and a rule that can be posted as it stands. */
interface FaultKind<K extends FaultEffect['kind']> {
  readonly meaning: string;
  readonly example: { readonly match?: FaultMatch; readonly effect: FaultEffect & { readonly kind: K } };
}

const SWAP = { method: 'POST', path: 'slotsswap$' } as const;

/** The type holds a row for every kind there is; the index at `/_emulator` and the reader of rules are made from it. */
export const FAULT_KINDS: { readonly [K in FaultEffect['kind']]: FaultKind<K> } = {
  status: {
    meaning: 'Answers with this status, and does nothing.',
    example: { match: SWAP, effect: { kind: 'status', status: 503, retryAfter: 5 } },
  },
  'applied-then-status': {
    meaning: 'Does what was asked, and answers with this status all the same.',
    example: { match: SWAP, effect: { kind: 'applied-then-status', status: 504 } },
  },
  delay: {
    meaning: 'Waits so many milliseconds, then goes on as usual.',
    example: { match: { site: 'payments', times: 'always' }, effect: { kind: 'delay', ms: 2000 } },
  },
  reset: {
    meaning: 'Drops the connection, and does nothing.',
    example: { match: SWAP, effect: { kind: 'reset' } },
  },
  'applied-then-reset': {
    meaning: 'Does what was asked, and drops the connection instead of an answer.',
    example: { match: SWAP, effect: { kind: 'applied-then-reset' } },
  },
  hang: {
    meaning: 'Never answers, and does nothing.',
    example: { match: { path: 'oauth2/v2.0/token$' }, effect: { kind: 'hang' } },
  },
  'applied-then-hang': {
    meaning: 'Does what was asked, and never answers.',
    example: { match: SWAP, effect: { kind: 'applied-then-hang' } },
  },
  truncated: {
    meaning: 'Sends half of the answer, and drops the connection.',
    example: { match: { method: 'GET', path: 'sites/payments$' }, effect: { kind: 'truncated' } },
  },
  throttle: {
    meaning: '429 of Resource Manager, with Retry-After when a number is given.',
    example: { match: { path: '^/subscriptions', nth: 3, times: 2 }, effect: { kind: 'throttle', retryAfter: 2 } },
  },
  forbidden: {
    meaning: '403 AuthorizationFailed, with the right that the identity would need; of Azure DevOps TF401027.',
    example: { match: { method: 'PATCH', path: 'config/web$', times: 'always' }, effect: { kind: 'forbidden' } },
  },
  html: {
    meaning: 'A page where JSON is expected, as proxies send it; 502 unless said otherwise.',
    example: { match: { path: 'operationresults', after: 'swap-accepted' }, effect: { kind: 'html', status: 503 } },
  },
  'swap-slow': {
    meaning: 'The swap takes so many milliseconds until it switches.',
    example: { effect: { kind: 'swap-slow', ms: 60_000 } },
  },
  'swap-never-ends': {
    meaning: 'The swap runs for ever; with "switched", its routing has moved nevertheless.',
    example: { effect: { kind: 'swap-never-ends', switched: true } },
  },
  'swap-fails': {
    meaning: 'The swap ends in an error, nothing moved; "leavesPrepared" leaves the source prepared for swap.',
    example: { effect: { kind: 'swap-fails', status: 400, message: 'It took too long.', leavesPrepared: true } },
  },
  'swap-half-done': {
    meaning: 'The swap ends in an error although routing has moved; "recorded" also sets slotSwapStatus.',
    example: { effect: { kind: 'swap-half-done', recorded: true } },
  },
  'app-conflict': {
    meaning: '409 ContainerAppOperationInProgress, and does nothing.',
    example: { match: { method: 'PATCH', times: 2 }, effect: { kind: 'app-conflict' } },
  },
  'app-update-slow': {
    meaning: 'The operation on the container app takes so many milliseconds.',
    example: { effect: { kind: 'app-update-slow', ms: 60_000 } },
  },
  'app-update-never-ends': {
    meaning: 'The operation is in progress for ever; with "applied", all of it is done nevertheless.',
    example: { effect: { kind: 'app-update-never-ends', applied: true } },
  },
  'app-update-fails': {
    meaning: 'The operation ends as Failed, nothing changed.',
    example: { effect: { kind: 'app-update-fails', message: 'Operation expired.' } },
  },
  'app-no-revision': {
    meaning: 'The operation ends as Succeeded, but the new revision does not come.',
    example: { effect: { kind: 'app-no-revision' } },
  },
  'app-revision-slow': {
    meaning: 'The new revision stays Provisioning for so many milliseconds.',
    example: { effect: { kind: 'app-revision-slow', ms: 60_000 } },
  },
  'app-revision-crashes': {
    meaning: 'The revision that is made, or gains weight, leaves after so many requests at the host of the app.',
    example: { match: { path: 'containerapps/orders$' }, effect: { kind: 'app-revision-crashes', requests: 5 } },
  },
  'app-host-gone': {
    meaning: 'Once the new weights hold, the host of the app answers 404 for so many milliseconds.',
    example: { effect: { kind: 'app-host-gone', ms: 5000 } },
  },
};

/** What `match` of a rule understands; all of it can be left out. */
export const MATCH_KEYS: { readonly [K in keyof Required<FaultMatch>]: string } = {
  method: 'Method of the request.',
  path: 'Regular expression on its path, without regard to case.',
  site: "An app's own host, as in payments, payments/staging or orders/orders--v2; left out: the main endpoint.",
  nth: 'The first matching request that is touched, counted from 1.',
  times: 'How many are touched from there on; 1 unless said otherwise, or "always".',
  after: 'Asleep until this has happened.',
};

export const EVENTS: { readonly [K in EmulatorEvent]: string } = {
  'swap-accepted': 'a swap was accepted',
  'swap-switched': 'its routing has moved',
  'swap-settled': 'it has ended, good or bad',
  'deployment-accepted': 'a package has arrived',
  'deployment-settled': 'its deployment has ended, good or bad',
  'app-update-accepted': 'a change of a container app was accepted',
  'app-shifted': 'its weights hold at the host of the app',
  'app-update-settled': 'it has ended, good or bad',
};
