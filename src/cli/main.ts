import { setMaxListeners } from 'node:events';
import { didYouMean } from '../finding/nearest.ts';
import type { Conclusion, ExitCode } from '../report/conclusion.ts';
import { neutral } from '../report/neutral.ts';
import { Interrupted, RolloutError } from '../rollout/errors.ts';
import type { RolloutEvent } from '../rollout/ports.ts';
import type { Command, Prepared } from './command.ts';
import { COMMANDS } from './commands.ts';
import { commandHelp, overview } from './help.ts';
import { terminal } from './terminal.ts';

declare const SAFE_ROLLOUT_VERSION: string | undefined;

/** Runs one command line. The only place of the command line that catches, prints a result and knows exit codes. */
async function main(args: readonly string[]): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined) {
    process.stderr.write(overview(COMMANDS));
    return 2;
  }
  if (['--help', '-h', 'help'].includes(name)) return await showHelp(rest[0]);
  if (name === '--version') {
    process.stdout.write(`${typeof SAFE_ROLLOUT_VERSION === 'string' ? SAFE_ROLLOUT_VERSION : 'from sources'}\n`);
    return 0;
  }
  const command = await find(name);
  if (command === undefined) return unknownCommand(name);
  if (rest.includes('--help') || rest.includes('-h')) return await showHelp(name);
  // The format must be known even when the rest of the line cannot be read: a document is promised in every case.
  let format: Prepared['format'] = rest.some(
    (arg, at) => arg === '--format=json' || (arg === 'json' && rest[at - 1] === '--format'),
  )
    ? 'json'
    : 'text';
  try {
    const prepared = command.prepare(rest);
    format = prepared.format;
    const { exitCode, text, document } = await run(prepared);
    print(format, text, document);
    return exitCode;
  } catch (error) {
    return fail(error, format, command.emptyDocument);
  }
}

async function run(prepared: Prepared): Promise<Conclusion> {
  const log = terminal(process.stderr);
  const story: RolloutEvent[] = [];
  const controller = new AbortController();
  // Each service that is waited for listens, and nobody says that these are ten at most.
  setMaxListeners(0, controller.signal);
  const stop = (name: NodeJS.Signals): void => {
    // A second Ctrl-C means now: what was sent stays sent, and the journal says what was intended.
    if (controller.signal.aborted) process.exit(4);
    log.say(`${name}: stopping at the next safe point; once more ends it at once`);
    controller.abort(new Interrupted(name));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await prepared.run({
      signal: controller.signal,
      env: process.env,
      tell: (event) => {
        story.push(event);
        log.tell(event);
      },
      say: (line) => log.say(line),
      print: (text, document) => print(prepared.format, text, document),
      story,
    });
  } finally {
    log.close();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

function print(format: Prepared['format'], text: string, document: unknown): void {
  if (format === 'json' && document !== undefined) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  if (format !== 'json' && text !== '') process.stdout.write(`${neutral(text).trimEnd()}\n`);
}

function fail(error: unknown, format: Prepared['format'], empty: Readonly<Record<string, unknown>>): ExitCode {
  const { exitCode, code, problems } = explain(error);
  print(format, '', { ok: false, ...empty, error: { code, message: problems[0] ?? '', problems } });
  for (const problem of problems) process.stderr.write(`${neutral(problem)}\n`);
  return exitCode;
}

function explain(error: unknown): { exitCode: ExitCode; code: string; problems: readonly string[] } {
  if (error instanceof RolloutError) {
    const { facts } = error;
    const problems = facts.code === 'bad-input' ? facts.problems : [error.message];
    // Without its plan, the first entry of a journal, a run has not begun; later entries may be about what was done.
    const begun = facts.code === 'journal-failed' && facts.stage === 'later';
    return { exitCode: begun ? 4 : 2, code: facts.code, problems };
  }
  // The journal was told where it stands; only Azure can say whether something is under way.
  if (error instanceof Interrupted) return { exitCode: 4, code: 'interrupted', problems: [error.message] };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exitCode: 4, code: 'unexpected', problems: [`Stopped by an unexpected error: ${stack}`] };
}

async function showHelp(name: string | undefined): Promise<ExitCode> {
  const command = name === undefined ? undefined : await find(name);
  if (name !== undefined && command === undefined) return unknownCommand(name);
  process.stdout.write(command === undefined ? overview(COMMANDS) : commandHelp(command));
  return 0;
}

function unknownCommand(name: string): ExitCode {
  const hint = didYouMean(name, Object.keys(COMMANDS));
  process.stderr.write(neutral(`'${name}' is not a command${hint}`) + '\nSee safe-rollout --help.\n');
  return 2;
}

async function find(name: string): Promise<Command | undefined> {
  return Object.hasOwn(COMMANDS, name) ? (await COMMANDS[name]?.load())?.default : undefined;
}

// A reader that has seen enough (`| head`) closes the pipe. What is under way goes on; there is only nobody to tell.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

void main(process.argv.slice(2)).then((exitCode) => {
  // Not process.exit: what was printed must reach a pipe first.
  process.exitCode = exitCode;
});
