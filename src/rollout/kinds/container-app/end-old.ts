import type { TrafficShare } from '../../../journal/traffic.ts';
import { RolloutError } from '../../errors.ts';
import { changeApp } from './change-app.ts';
import { deactivate } from './cures.ts';
import type { ContainerDesk } from './desk.ts';
import { revisionOf } from './shift-way.ts';
import { weightsOf } from './weights.ts';

/**
 * Ends the revisions that had the traffic before, once the new one is verified. Those that somebody has labelled, or given
 * users again, are left. That it cannot be done is said, and no reason to call the release anything but verified.
 */
export async function endOld(desk: ContainerDesk, before: readonly TrafficShare[]): Promise<void> {
  const { target, tell } = desk;
  for (const name of weightsOf(before).keys()) {
    try {
      const refused = await changeApp(desk, {
        action: 'revision',
        reason: `deactivate '${name}', which the verified release has replaced`,
        change: (now) => {
          const revision = revisionOf(now.revisions, name);
          const isUsed = now.traffic.some((one) => one.revision === name && (one.weight > 0 || one.label !== null));
          return revision?.active === true && revision.weight === 0 && !isUsed
            ? { kind: 'deactivate', revision: name }
            : undefined;
        },
        isDone: (now) => revisionOf(now.revisions, name)?.active !== true,
      });
      if (refused === undefined) continue;
      await tell(
        'verified',
        'warning',
        `revision '${name}' was not deactivated: ${refused.message} By hand: ${deactivate(target, name)}`,
      );
    } catch (error) {
      if (!(error instanceof RolloutError)) throw error;
      await tell(
        'verified',
        'warning',
        `revision '${name}' was not deactivated: ${error.message} By hand: ${deactivate(target, name)}`,
      );
    }
  }
}
