import type { Came } from '../../way/way.ts';
import type { SlotDesk } from './desk.ts';
import type { Observed } from './preflight.ts';

/**
 * A swap that failed leaves the source prepared with the target's settings, and blocks every settings write. Not for one
 * that never began: it restarts the slot, and is a right of its own.
 */
export async function tidyAfterSwap(
  { request, host, ports, record, tell }: SlotDesk,
  { reply, observed }: Came<Observed>,
  why: string,
): Promise<void> {
  if (reply.kind !== 'accepted' && (observed?.source.previewWith ?? null) === null) return;
  const { source } = request.target;
  await record('reset-slot-config', 'intent', `after a swap that did not happen: ${why}`);
  const answer = await host.change({ kind: 'reset-slot-config', slot: source }, ports.signal);
  const done = answer.kind === 'accepted';
  await record('reset-slot-config', done ? 'done' : 'failed', done ? 'settings taken back' : answer.message);
  if (!done)
    await tell(
      'swap',
      'warning',
      `the prepared settings of slot '${source}' could not be taken back: ${answer.message}`,
    );
}
