import { createSlot, resetSlot, startSlot, tailLog } from '../../rollout/kinds/app-service/cures.ts';
import { armMessage, refusalOf } from './arm-answer.ts';
import type { Exchange } from '../wire/exchange.ts';
import { grantOf, rightFor } from './rights.ts';

/** What Azure's words mean for a swap. */
export interface Meaning {
  /** What to do about it, as a sentence without its full stop. */
  readonly cure: string;
  /**
   * `definite`: Azure has not acted on the request, whatever the status says. `passing`: it goes by itself, so another
   * attempt is worth it. `neither`: the status decides.
   */
  readonly nature: 'definite' | 'passing' | 'neither';
}

interface Row {
  /** On `STATUS CODE: MESSAGE`, without regard to case. */
  readonly pattern: RegExp;
  readonly nature: Meaning['nature'];
  readonly cure: (parts: Readonly<Record<string, string>>, place: Place) => string;
}

/** What was asked for, by its path; for the commands in cures. */
interface Place {
  readonly app: string;
  readonly resourceGroup: string;
  readonly slot: string;
}

/** The longest text of the service that is known has 400 characters. */
const LONGEST_TEXT = 2000;

/** The texts are those that users quote in public issues and that Microsoft documents; the first row that fits counts. */
const SWAP_ROWS: readonly Row[] = [
  {
    pattern: /another operation is in progress(?:.*?OperationName: (?<name>[^,]+), CreatedTime: (?<since>[^,]+))?/,
    nature: 'neither',
    cure: ({ name, since }) =>
      name === undefined
        ? 'Wait until that operation has ended, and run again'
        : `${name} has been changing the app since ${since}, by Azure's clock: wait until it has ended, and run again`,
  },
  {
    pattern: /have been prepared for swap/,
    nature: 'definite',
    cure: (_, place) =>
      `A swap with preview is pending, or a failed swap has left its settings behind: complete it, or take them back with action: cancel (${resetSlot(place, place.slot)})`,
  },
  {
    pattern: /already been prepared for swap with slot '(?<other>[^']*)'/,
    nature: 'neither',
    cure: ({ other }, place) =>
      `A swap with preview with slot '${other}' is pending: complete it with action: complete, or take it back with action: cancel (${resetSlot(place, place.slot)})`,
  },
  {
    pattern: /swap with preview cannot be used when .*authentication enabled/,
    nature: 'definite',
    cure: () =>
      'An app with sign-in has no preview: use action: swap, whose gate judges the slot before anything is swapped',
  },
  {
    pattern: /'(?<slot>[^']*)' slot did not respond to http ping/,
    nature: 'neither',
    cure: ({ slot = '' }, place) =>
      `The app did not answer Azure's warm-up under the settings of the target: read its log (${tailLog(place, slot)}), let it listen on PORT and answer WEBSITE_SWAP_WARMUP_PING_PATH (or /) in time`,
  },
  {
    pattern: /application initialization in '(?<slot>[^']*)' slot either took too long or failed/,
    nature: 'neither',
    cure: ({ slot }) =>
      `The pages of applicationInitialization in web.config did not answer in slot '${slot}': make them quick and free of errors under the settings of the target, or take them out`,
  },
  {
    pattern: /warm-?up requests to application in '(?<slot>[^']*)' slot have timed out/,
    nature: 'neither',
    cure: ({ slot }) =>
      `One warm-up request may take 90 seconds in slot '${slot}': let WEBSITE_SWAP_WARMUP_PING_PATH name a page that answers at once`,
  },
  {
    pattern: /worker process for '(?<slot>[^']*)' slot could not be started/,
    nature: 'neither',
    cure: ({ slot }) =>
      `The app of slot '${slot}' does not start under the settings of the target: read its event log (Diagnose and solve problems), and compare the settings that stay with their slot`,
  },
  {
    pattern: /allocation of VM instances for '[^']*' slot has changed/,
    nature: 'passing',
    cure: () => 'The plan was scaled meanwhile: another attempt is worth it, and no scaling during a swap',
  },
  {
    pattern: /in stopped state/,
    nature: 'definite',
    cure: (_, place) => `A swap needs both slots running: ${startSlot(place, place.slot)}, and the other one likewise`,
  },
];

/** What Azure says of any resource. */
const COMMON_ROWS: readonly Row[] = [
  {
    pattern: /^429|RequestsThrottled|TooManyRequests/,
    nature: 'neither',
    cure: () =>
      'The limit of this subscription and identity is used up: it fills again by itself within seconds; give pipelines that run at the same time identities of their own',
  },
  {
    pattern: /ExpiredAuthenticationToken/,
    nature: 'neither',
    cure: () => 'The token ended meanwhile; the next request brings a new one',
  },
  {
    pattern: /InvalidAuthenticationTokenTenant/,
    nature: 'definite',
    cure: () =>
      'The credentials are of another tenant than the subscription: check the service connection, or AZURE_TENANT_ID',
  },
  {
    pattern: /SubscriptionNotFound|InvalidSubscriptionId/,
    nature: 'definite',
    cure: () =>
      'Check the subscription of the service connection (or AZURE_SUBSCRIPTION_ID), and that the identity has a role in it',
  },
  {
    pattern: /ResourceGroupNotFound/,
    nature: 'definite',
    cure: () => 'Check the resource group and the subscription; names of the graph file are those of production',
  },
  {
    pattern: /ResourceNotFound: .*Microsoft\.Web\/sites\/(?<app>[^/']+)\/slots\/(?<slot>[^/']+)'/,
    nature: 'definite',
    cure: ({ app = '', slot = '' }, place) =>
      `Create the slot (${createSlot({ ...place, app }, slot)}), or name another`,
  },
];

/**
 * Pure: what a refusal of Azure means, where its words are known.
 * @param code as Azure gave it, or undefined
 * @param path of the request; the commands in cures take their names from it
 */
export function explainRefusal(
  status: number,
  code: string | undefined,
  message: string,
  path = '',
): Meaning | undefined {
  // Patterns with a gap in them take time by the square of the length, and the text is not ours.
  const text = `${status}${code === undefined ? '' : ` ${code}`}: ${message}`.slice(0, LONGEST_TEXT);
  const rows = /\/providers\/Microsoft\.App\//i.test(path) ? COMMON_ROWS : [...SWAP_ROWS, ...COMMON_ROWS];
  for (const { pattern, nature, cure } of rows) {
    const match = new RegExp(pattern, 'is').exec(text);
    if (match !== null) return { nature, cure: cure(match.groups ?? {}, placeOf(path)) };
  }
  return undefined;
}

/** Words to fill in stand where a path is not that of an app. */
function placeOf(path: string): Place {
  const [, resourceGroup, app, slot = 'production'] =
    /\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Web\/sites\/([^/?]+)(?:\/slots\/([^/?]+))?/i.exec(path) ?? [];
  if (resourceGroup === undefined || app === undefined) return { app: 'APP', resourceGroup: 'GROUP', slot: 'SLOT' };
  return { app, resourceGroup, slot };
}

/** Pure: Azure's words, and behind them the cure where they are known, or the right where one is missing. */
export function understand(
  exchange: Exchange,
  { method, path }: { readonly method: string; readonly path: string },
): { readonly message: string; readonly nature: Meaning['nature'] } {
  const said = armMessage(exchange);
  if (exchange.kind !== 'answered') return { message: said, nature: 'neither' };
  const { code, message } = refusalOf(exchange.body);
  const meaning = explainRefusal(exchange.status, code, message, path);
  const right = exchange.status === 403 ? rightFor(method, path) : undefined;
  const cure = right === undefined ? meaning?.cure : grantOf(right);
  const nature = meaning?.nature ?? 'neither';
  return { message: cure === undefined ? said : `${said.replace(/\.?\s*$/, '')}. ${cure}`, nature };
}
