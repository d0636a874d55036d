import { setMaxListeners } from 'node:events';
import { printAgent } from '../finding/print.ts';
import type { Recorder } from '../journal/recorder.ts';
import type { Conclusion } from '../report/conclusion.ts';
import { journalEnd, withJournalEnd } from '../report/journal-end.ts';
import { neutral } from '../report/neutral.ts';
import { Interrupted, RolloutError } from '../rollout/errors.ts';
import type { RolloutEvent } from '../rollout/ports.ts';
import { describeProblem, readSettings } from '../settings/read.ts';
import type { Declaration, SettingRecord, ValuesOf } from '../settings/setting.ts';
import { systemClock } from '../time/clock.ts';
import { inputSource } from './inputs.ts';
import { groupedLog } from './log.ts';
import { Progress } from './progress.ts';
import { uploadSummary } from './summary.ts';
import tl from './task-library.ts';

/** What a task gets beside its settings. */
export interface Agent {
  /** Aborted when the agent cancels the job. Nothing may be begun after it. */
  readonly signal: AbortSignal;
  tell(event: RolloutEvent): void;
  /** Writes a line to the log. */
  say(line: string): void;
  /** Writes a warning to the log and to the page of the run. The result of the task is the same. */
  warn(sentence: string): void;
  /** Says how many services the work is about, for the progress of the task; one unless said. */
  expect(services: number): void;
  /** Says which journal the task writes, so that the log can name its last entry. */
  writes(journal: Recorder): void;
  /** What programs that a task runs inherit. The task library has taken inputs and secrets out of it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** All that was told so far. */
  readonly story: readonly RolloutEvent[];
}

/** The agent gives 7.5 s after SIGINT and 2.5 s after SIGTERM before it sends the next signal. */
const GRACE_MS = { SIGINT: 7000, SIGTERM: 2000 } as const;

/**
 * Runs one task from its inputs to its result. The only place that sets a result, knows the agent's commands and
 * catches. The process ends here with exit code 0 whenever the result was told: the agent would report any other code
 * as a second error.
 */
export async function runTask<R extends SettingRecord>(
  declaration: Declaration<R>,
  work: (settings: ValuesOf<R>, agent: Agent) => Promise<Conclusion>,
): Promise<void> {
  // What a library of ours should no longer call is nothing that whoever reads this log could mend.
  process.noDeprecation = true;
  const log = groupedLog((line) => void process.stdout.write(`${line}\n`));
  const story: RolloutEvent[] = [];
  const progress = new Progress();
  let expected = 1;
  let journal: Recorder | undefined;
  const endOfJournal = (): string => (journal === undefined ? '' : journalEnd(journal.run, journal.end()));
  const closeLog = (): void => {
    log.flush();
    const line = endOfJournal();
    if (line !== '') process.stdout.write(`${neutral(line)}\n`);
  };
  const signal = stopOnSignals(closeLog);
  try {
    const reading = readSettings(declaration, inputSource(declaration));
    if (!reading.ok) throw new RolloutError({ code: 'bad-input', problems: reading.problems.map(describeProblem) });
    const conclusion = await work(reading.settings, {
      signal,
      tell: (event) => {
        story.push(event);
        log.tell(event);
        progress.tell(event);
        tl.setProgress(progress.percent(expected), neutral(`${event.service} ${event.step}`).trim());
      },
      say: (line) => void process.stdout.write(`${neutral(line)}\n`),
      warn: (sentence) => tl.logIssue(tl.IssueType.Warning, neutral(sentence)),
      expect: (services) => {
        expected = services;
      },
      writes: (one) => {
        journal = one;
      },
      story,
      environment: process.env,
    });
    closeLog();
    conclude({ ...conclusion, markdown: withJournalEnd(conclusion.markdown, endOfJournal()) });
  } catch (error) {
    closeLog();
    fail(error);
  }
  await exit();
}

function conclude({ succeeded, sentence, outputs, markdown, findings }: Conclusion): void {
  process.stdout.write(printAgent(findings));
  for (const [name, value] of Object.entries(outputs)) tl.setVariable(name, neutral(value), false, true);
  if (markdown !== '') uploadSummary(markdown);
  if (succeeded) tl.setResult(tl.TaskResult.Succeeded, neutral(sentence));
  else tl.setResult(tl.TaskResult.Failed, neutral(sentence));
}

function fail(error: unknown): void {
  if (error instanceof RolloutError && error.facts.code === 'bad-input') {
    const { problems } = error.facts;
    for (const problem of problems) tl.logIssue(tl.IssueType.Error, neutral(problem));
    const count = problems.length === 1 ? 'An input is wrong' : `${problems.length} inputs are wrong`;
    tl.setResult(tl.TaskResult.Failed, `${count}; nothing was done.`);
  } else if (error instanceof RolloutError || error instanceof Interrupted) {
    tl.setResult(tl.TaskResult.Failed, neutral(error.message));
  } else {
    // A bug, or something nobody foresaw: the stack helps us, the sentence helps them.
    tl.debug(neutral(error instanceof Error ? (error.stack ?? error.message) : String(error)));
    const message = error instanceof Error ? error.message : String(error);
    tl.setResult(tl.TaskResult.Failed, neutral(`Stopped by an unexpected error: ${message}`));
  }
}

/** The signal of the run. Whoever does not stop in the time that the agent gives is ended, after a result. */
function stopOnSignals(closeLog: () => void): AbortSignal {
  const controller = new AbortController();
  // Each service that is waited for listens, and nobody says that these are ten at most.
  setMaxListeners(0, controller.signal);
  const onSignal = async (name: keyof typeof GRACE_MS): Promise<void> => {
    controller.abort(new Interrupted(name));
    await systemClock.sleep(GRACE_MS[name]);
    closeLog();
    fail(new Interrupted(`${name}; it did not reach a safe point in time`));
    await exit();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => void onSignal(name));
  // Without a listener a closed log is an uncaught error, whose report is written to the closed log, and so for ever.
  // Nobody is left who could stop what is begun now; what was done is in the journal.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', () => controller.abort(new Interrupted('the end of the log: the agent is gone')));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error: unknown) => {
      closeLog();
      fail(error);
      void exit();
    });
  return controller.signal;
}

/** Ends the process even when a socket is still open, but not before the agent has all that was said. */
async function exit(): Promise<void> {
  await new Promise((resolve) => process.stdout.write('', resolve));
  process.exit(0);
}
