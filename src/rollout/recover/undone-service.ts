import type { Walked } from '../../graph/walk.ts';
import { isInterruption, RolloutError } from '../errors.ts';
import type { UndoResult } from '../promotion/old-release.ts';
import type { UndoneService } from './rollback-result.ts';

/** What became of one service of a rollback, in words where it did not come to its turn or did not come back from it. */
export function undoneService(walked: Walked<UndoResult>, signal: AbortSignal | undefined): UndoneService {
  const service = walked.name;
  switch (walked.state) {
    case 'succeeded':
    case 'failed':
      return { service, outcome: walked.value.outcome, reason: walked.value.reason };
    case 'skipped':
      return {
        service,
        outcome: 'skipped',
        reason: `its dependents ${walked.causes.join(', ')} could not be rolled back and need what it offers now`,
      };
    case 'stopped':
      return { service, outcome: 'skipped', reason: 'the rollback was stopped before it' };
    case 'threw':
      if (walked.error instanceof RolloutError) return { service, outcome: 'unknown', reason: walked.error.message };
      if (isInterruption(walked.error, signal))
        return {
          service,
          outcome: 'unknown',
          reason: 'stopped; the journal says where, and the next rollback goes on',
        };
      throw walked.error;
  }
}
