import type { Refusal } from '../../way/refusal.ts';
import type { SlotObservation } from './ports.ts';
import type { SwapContext } from './context.ts';

/** A log line for a person; nobody reads more names than this. */
const MOST_NAMES = 20;

/**
 * What works in the source slot without being called: functions on queues and timers, WebJobs. It takes part in
 * production's work beside production, by a release that no gate has judged. Warned of in function apps; in others it
 * costs requests that a swap does not need, and is looked for only when it is to stop the swap.
 * @returns a refusal when background work is there, or cannot be excluded, and must not be
 */
export async function findBackgroundWork(
  { host, request, ports, tell }: SwapContext,
  { slot, functions }: Pick<SlotObservation, 'slot' | 'functions'>,
): Promise<Refusal | undefined> {
  const mustNotBe = request.policy.backgroundWork === 'fail';
  if (!functions && !mustNotBe) return undefined;
  const found = await host.backgroundWork(slot, functions, ports.signal);
  if (found?.length === 0) return undefined;
  const what = functions ? 'functions that nobody calls' : 'WebJobs';
  const message =
    found === undefined
      ? `Whether ${what} run in slot '${slot}' could not be read with these rights`
      : `In slot '${slot}' ${functions ? 'functions work' : 'WebJobs run'} beside those of production, on a release that is not judged: ${listed(found)}. ${functions ? CURES.functions : CURES.jobs}`;
  if (mustNotBe)
    return {
      rule: 'background-work',
      message: `${message.replace(/\.$/, '')}. Nothing was changed; backgroundWork: warn goes on all the same.`,
    };
  await tell('observe', found === undefined ? 'info' : 'warning', message);
  return undefined;
}

const CURES = {
  functions: 'Disable them there by settings that stay with the slot: AzureWebJobs.NAME.Disabled = true',
  jobs: 'Stop them there by a setting that stays with the slot: WEBJOBS_STOPPED = 1',
} as const;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}
