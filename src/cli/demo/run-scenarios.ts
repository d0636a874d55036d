import { join } from 'node:path';
import { systemClock } from '../../time/clock.ts';
import { formatDuration } from '../../time/duration.ts';
import type { Outcome, Scenario, Stage, Step } from './scenario.ts';
import { openWorld, type World } from './world.ts';

export interface DemoOptions {
  /** The folder `examples`. */
  readonly examples: string;
  /** Program and first arguments that run this command line again. */
  readonly cli: readonly [string, ...string[]];
  readonly say: (line: string) => void;
  /** Between two steps it ends the demo. */
  readonly signal: AbortSignal;
}

/** `ok` only when what was found is exactly what was expected. Durations in milliseconds. */
export interface StepResult extends Outcome {
  readonly id: string;
  readonly title: string;
  readonly ok: boolean;
  readonly durationMs: number;
}

export interface ScenarioResult {
  readonly name: string;
  readonly title: string;
  readonly ok: boolean;
  readonly durationMs: number;
  readonly outcomes: readonly StepResult[];
}

/** `ok` only when every outcome of every scenario was the expected one. */
export interface DemoResult {
  readonly ok: boolean;
  readonly durationMs: number;
  readonly scenarios: readonly ScenarioResult[];
}

/** Plays scenarios one after the other, each on an Azure of its own: real pipelines, real processes, real requests. */
export async function runScenarios(scenarios: readonly Scenario[], options: DemoOptions): Promise<DemoResult> {
  const begun = systemClock.monotonic();
  const say = (line: string): void => {
    const seconds = ((systemClock.monotonic() - begun) / 1000).toFixed(1).padStart(5);
    options.say(`${seconds}s  ${line}`);
  };
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios) {
    if (scenarios.length > 1) say(`${scenario.name}: ${scenario.title}`);
    results.push(await runScenario(scenario, { ...options, say }));
  }
  const durationMs = Math.round(systemClock.monotonic() - begun);
  return { ok: results.every(({ ok }) => ok), durationMs, scenarios: results };
}

async function runScenario(scenario: Scenario, options: DemoOptions): Promise<ScenarioResult> {
  const { name, title, start, steps } = scenario;
  const { examples, cli, say, signal } = options;
  const begun = systemClock.monotonic();
  say(`starting ${start.what}`);
  const tell = (line: string): void => say(`   ${line}`);
  const stage: Stage = { example: join(examples, start.example), cli, say: tell };
  const world = await openWorld(examples, start, { log: (line) => tell(`azure: ${line}`) });
  try {
    const outcomes: StepResult[] = [];
    let broken: string | undefined;
    for (const step of steps) {
      signal.throwIfAborted();
      const from = systemClock.monotonic();
      if (broken === undefined) say(`(${step.id}) ${step.title}`);
      const outcome = broken === undefined ? await play(step, world, stage) : notTried(broken);
      if ('broken' in outcome) broken = step.id;
      const { expected, found } = outcome;
      const durationMs = Math.round(systemClock.monotonic() - from);
      outcomes.push({ id: step.id, title: step.title, expected, found, ok: expected === found, durationMs });
    }
    const durationMs = Math.round(systemClock.monotonic() - begun);
    return { name, title, ok: outcomes.every(({ ok }) => ok), durationMs, outcomes };
  } finally {
    await world.close();
  }
}

/** A step that throws is an outcome too: the scenarios after this one are still to be seen. */
async function play(step: Step, world: World, stage: Stage): Promise<Outcome | (Outcome & { broken: true })> {
  try {
    return await step.run(world, stage);
  } catch (error) {
    stage.say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    const message = error instanceof Error ? error.message : String(error);
    return { expected: 'an end without an error', found: `stopped by an error: ${message}`, broken: true };
  }
}

function notTried(broken: string): Outcome {
  return { expected: 'to be tried', found: `not tried: it relies on (${broken}), which was stopped by an error` };
}

/** The table at the end, for a terminal of eighty columns and more. */
export function printDemo({ ok, durationMs, scenarios }: DemoResult): string {
  const [only, ...others] = scenarios;
  if (only !== undefined && others.length === 0) return ['', ...rows(only), '', lastLine(only)].join('\n');
  const wrong = scenarios.filter((scenario) => !scenario.ok);
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  return [
    ...scenarios.flatMap((scenario) => ['', `${scenario.name}: ${scenario.title}`, '', ...rows(scenario)]),
    '',
    ...scenarios.map((scenario) => `${scenario.name.padEnd(width)}  ${lastLine(scenario)}`),
    ok
      ? `All ${scenarios.length} scenarios are as expected, in ${formatDuration(durationMs)}.`
      : `Of ${scenarios.length} scenarios not as expected: ${wrong.map(({ name }) => name).join(', ')}.`,
  ].join('\n');
}

function rows({ outcomes }: ScenarioResult): string[] {
  return outcomes.flatMap((step) => [
    `  ${step.ok ? 'as expected' : 'UNEXPECTED '}  (${step.id}) ${step.title}  ${formatDuration(step.durationMs)}`,
    `                   ${step.found}`,
    ...(step.ok ? [] : [`      expected     ${step.expected}`]),
  ]);
}

function lastLine({ ok, outcomes, durationMs }: ScenarioResult): string {
  const wrong = outcomes.filter((step) => !step.ok).length;
  const all = outcomes.length === 1 ? 'The outcome is' : `All ${outcomes.length} outcomes are`;
  return ok
    ? `${all} as expected, in ${formatDuration(durationMs)}.`
    : `${wrong} of ${outcomes.length} outcomes are not as expected.`;
}
