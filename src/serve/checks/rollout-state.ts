import type { JournalReading } from '../../journal/entry.ts';
import { fold } from '../../journal/fold.ts';
import { readTexts } from '../../gate/ask.ts';
import type { Check, Verdict } from '../../gate/verdict.ts';

const PAUSE_MS = 15_000;
const RUN = /^[\w.-]{1,100}$/;

/** The journal of a run as it is now. @throws Error when it cannot be read */
export type ReadRun = (run: string) => Promise<JournalReading>;

/**
 * Does the journal of a run say that a service is verified? A run that is over without it has failed; a journal that is not
 * whole tells nothing.
 */
export function rolloutStateCheck(readRun: ReadRun | undefined): Check {
  return {
    name: 'rollout-state',
    read: (question) => {
      const { texts, problems } = readTexts(question, ['run', 'service', 'version']);
      if (problems.length > 0) return { problems };
      const { run, service, version } = texts;
      if (run === undefined || service === undefined)
        return { problems: ["the body needs 'run', the name of a run in the journal, and 'service'"] };
      if (!RUN.test(run)) return { problems: ["'run' must be a name of letters, digits, dots and hyphens"] };
      if (readRun === undefined) return { problems: ['no journal is known here: start the service with --journal'] };
      return {
        subject: `the rollout of ${service} in run ${run}`,
        pauseMs: PAUSE_MS,
        ask: async (_, signal) => {
          const reading = await readRun(run);
          signal.throwIfAborted();
          return stateOf(reading, service, version);
        },
      };
    },
  };
}

/** Pure: what a journal says of one service. */
export function stateOf(reading: JournalReading, service: string, version: string | undefined): Verdict {
  const { promotions, commandsDone, closed, problems, rollBackBegun } = fold(reading);
  const notYet = (reason: string): Verdict => ({ kind: 'not-yet', reason });
  if (problems.length > 0) return notYet(`the journal is not whole, so its state is unknown: ${problems[0]}`);
  if (reading.entries.length === 0) return notYet('the journal has no entry of this run yet');
  const promotion = promotions.findLast((one) => one.service === service);
  const over = (reason: string): Verdict =>
    closed ? { kind: 'fail', reason: `${reason}, and the run is over` } : notYet(reason);
  if (promotion === undefined)
    return commandsDone.includes(service) && version === undefined
      ? { kind: 'pass', reason: `'${service}' ran to its end` }
      : over(`'${service}' has not been promoted`);
  const { state, release } = promotion;
  const name = release?.version ?? release?.digest?.slice(0, 12) ?? 'a release that tells no version';
  if (version !== undefined && release?.version !== version)
    return over(`'${service}' is at ${name}, not at ${version}`);
  switch (state) {
    case 'verified':
      return rollBackBegun === null
        ? { kind: 'pass', reason: `'${service}' is verified at ${name}` }
        : over(`'${service}' is verified at ${name}, and a rollback of the run was begun (${rollBackBegun})`);
    case 'undone':
      return {
        kind: 'fail',
        reason: `'${service}' was put back: ${promotion.unhealthy ?? 'the release from before is in place'}`,
      };
    case 'promoted':
      return over(
        `'${service}' is promoted to ${name}, and not verified${promotion.unhealthy === null ? '' : `: ${promotion.unhealthy}`}`,
      );
    case 'not-promoted':
      return over(`'${service}' did not come before users`);
    case 'open':
    case 'undoing':
      return notYet(`what has become of '${service}' is not known yet (${state})`);
  }
}
