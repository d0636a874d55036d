import { parseBlobAddress, type BlobAddress } from '../../journal/blob-address.ts';
import type { SwapPolicy } from '../way/policy.ts';
import { duration, fail, int, oneOf, pass, setting, text } from '../../settings/kinds.ts';
import {
  declare,
  optional,
  withDefault,
  type Description,
  type Setting,
  type Settings,
} from '../../settings/setting.ts';

/** Where the journal is kept: `auto` is attachments in a pipeline and a file on a terminal. */
export type JournalChoice =
  | { readonly store: 'auto' }
  | { readonly store: 'attachments' }
  | { readonly store: 'file'; readonly path: string }
  | { readonly store: 'blob'; readonly address: BlobAddress };

export const RESOURCE_GROUP = {
  matches: /^[-\p{L}\p{N}_.()]{0,89}[-\p{L}\p{N}_()]$/u,
  rule: 'must be the name of a resource group',
} as const;

export const ADVANCED = { advanced: 'Advanced' } as const;

/** How a promotion goes, whoever starts it: the same settings with the same words in each task and command. */
export const promotionSettings = {
  bake: withDefault(
    duration({
      label: 'Bake time',
      help: 'How long production must stay healthy after a swap before the swap counts as done.',
      maxMs: 86_400_000,
    }),
    '30s',
  ),
  swapGrace: withDefault(
    duration({
      label: 'Grace after a swap',
      help: 'For how long after a swap, forward or back, a 502, a 503 or a cut connection does not count: the platform answers so by itself for some twenty seconds. Good answers end it when as many as the healthy threshold came in a row. Any other bad answer counts at once.',
      group: 'advanced',
      maxMs: 3_600_000,
    }),
    '30s',
  ),
  staleRouting: withDefault(
    oneOf(['fail', 'clear'], {
      label: 'Stale routing',
      help: 'What to do when traffic is still routed to the slot that is to be swapped: `fail` refuses, `clear` removes the routing after the health gate and before the swap.',
    }),
    'fail',
  ),
  backgroundWork: withDefault(
    oneOf(['warn', 'fail'], {
      label: 'Background work',
      help: 'What to do about functions with other triggers than HTTP, and about WebJobs, that run in the source slot: they take part in the work of production by a release that is not judged. `warn` tells of functions in function apps and goes on, `fail` refuses over both, and when they cannot be read.',
      group: 'advanced',
    }),
    'warn',
  ),
  rollbackTarget: withDefault(
    oneOf(['verified', 'running'], {
      label: 'Rollback target',
      help: 'When the old release may be restored: `verified` only if it answers healthy, `running` also if its health cannot be decided. It is never restored when it is unhealthy.',
      group: 'advanced',
    }),
    'running',
  ),
  onUnhealthy: withDefault(
    oneOf(['swap-back', 'abort'], {
      label: 'When unhealthy',
      help: 'What to do when the new release turns out unhealthy after its swap: `swap-back` restores the old one, `abort` leaves it for a person to judge, and so does a rollback of the run that does not name it. What was never judged is restored all the same.',
      group: 'advanced',
    }),
    'swap-back',
  ),
  gateLimit: withDefault(
    duration({
      label: 'Gate limit',
      help: 'How long a health gate may stay undecided after the startup grace before it counts as not passed.',
      group: 'advanced',
    }),
    '10m',
  ),
  swapDeadline: withDefault(
    duration({
      label: 'Swap deadline',
      help: 'The longest that one swap is observed. Real swaps have taken 23 minutes.',
      group: 'advanced',
      minMs: 1000,
      maxMs: 7_200_000,
    }),
    '45m',
  ),
  settle: withDefault(
    duration({
      label: 'Settle time',
      help: 'How long both slots must stand still before a swap with a lost or contradicting reply may be requested once more. The answer to a request is waited for half as long.',
      group: 'advanced',
    }),
    '3m',
  ),
  unseen: withDefault(
    duration({
      label: 'Unseen operation',
      help: 'How long Azure may take for a swap whose answer was lost and whose operation it does not show. Only when nothing has moved for that long it counts as not done. Real swaps have taken 23 minutes.',
      group: 'advanced',
      maxMs: 7_200_000,
    }),
    '25m',
  ),
  attempts: withDefault(
    int({
      label: 'Attempts',
      help: 'How many swap requests may be sent in all. A further one follows only when both slots have proven that the last one did nothing.',
      group: 'advanced',
      min: 1,
      max: 5,
    }),
    '2',
  ),
};

/** What is written down about a promotion, and where. */
export const recordSettings = {
  journal: withDefault(
    journal({
      label: 'Journal',
      help: 'Where intents and outcomes are kept: `auto`, `attachments` (of the pipeline run), the path of a file, or a container of Azure Blob Storage (`https://<account>.blob.core.windows.net/<container>`), which all runs and terminals share and which locks each app while it is changed. The identity needs the role Storage Blob Data Contributor on the container. `auto` is `attachments` in a pipeline and a file under `.safe-rollout` elsewhere.',
      group: 'advanced',
    }),
    'auto',
  ),
  reason: optional(
    text({
      label: 'Reason',
      help: 'Why this is done, for whoever reads the journal.',
      group: 'advanced',
      pattern: { matches: /^[^\p{Cc}]{1,500}$/u, rule: 'must be one line of at most 500 characters' },
    }),
  ),
};

const promotion = declare(promotionSettings);

/** The settings of a promotion as the swap takes them. */
export function swapPolicy(settings: Settings<typeof promotion>): SwapPolicy {
  const {
    swapDeadline,
    settle,
    unseen,
    bake,
    swapGrace,
    gateLimit,
    attempts,
    staleRouting,
    onUnhealthy,
    rollbackTarget,
    backgroundWork,
  } = settings;
  return {
    swapDeadlineMs: swapDeadline,
    settleMs: settle,
    unseenMs: unseen,
    bakeMs: bake,
    swapGraceMs: swapGrace,
    gateLimitMs: gateLimit,
    attempts,
    staleRouting,
    onUnhealthy,
    rollbackTarget,
    backgroundWork,
  };
}

const FORMS = 'must be auto, attachments or the path of a file, such as ./journal.jsonl, or the address of a container';

function journal(about: Description): Setting<JournalChoice> {
  return setting<JournalChoice>('text', about, (given) => {
    if (given === 'auto' || given === 'attachments') return pass({ store: given });
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(given)) {
      const address = parseBlobAddress(given);
      return typeof address === 'string' ? fail(address) : pass({ store: 'blob', address });
    }
    // A bare word is more likely a mistyped store than a file without an extension.
    if (!/[./\\]/.test(given)) return fail(FORMS);
    return given.includes('\0') ? fail('must not hold a NUL character') : pass({ store: 'file', path: given });
  });
}
