import { formatDuration } from '../../time/duration.ts';
import { systemClock } from '../../time/clock.ts';
import { orderCheck } from './check-step.ts';
import { crash } from './crash-step.ts';
import { hotfix, inOrder, lostReply, staleRouting, turnsBad } from './deploy-steps.ts';
import type { Step, StepResult } from './step.ts';
import { contosoWorld } from './world.ts';

const STEPS: readonly Step[] = [orderCheck, inOrder, hotfix, turnsBad, staleRouting, lostReply, crash];

export interface DemoOptions {
  /** The folder `examples/contoso`. */
  readonly example: string;
  /** Program and first arguments that run this command line again. */
  readonly cli: readonly [string, ...string[]];
  readonly say: (line: string) => void;
}

/** `ok` only when every outcome was the expected one. Durations in milliseconds. */
export interface DemoResult {
  readonly ok: boolean;
  readonly durationMs: number;
  readonly steps: readonly (StepResult & { readonly durationMs: number })[];
}

/** Runs the main job of the product on an Azure that it brings along: real pipelines, real processes, real requests. */
export async function demo({ example, cli, say }: DemoOptions): Promise<DemoResult> {
  const begun = systemClock.monotonic();
  const clock = (): string => `${((systemClock.monotonic() - begun) / 1000).toFixed(1).padStart(5)}s`;
  say(`${clock()}  starting an embedded Azure with Contoso's three apps`);
  const world = await contosoWorld(example, { log: (line) => say(`${clock()}     azure: ${line}`) });
  try {
    const steps: (StepResult & { durationMs: number })[] = [];
    for (const step of STEPS) {
      const { id, title } = step;
      const start = systemClock.monotonic();
      say(`${clock()}  (${id}) ${title}`);
      const stage = { example, cli, say: (line: string) => say(`${clock()}     ${line}`) };
      const { expected, found } = await step.run(world, stage);
      const durationMs = Math.round(systemClock.monotonic() - start);
      steps.push({ id, title, expected, found, ok: expected === found, durationMs });
    }
    return { ok: steps.every(({ ok }) => ok), durationMs: Math.round(systemClock.monotonic() - begun), steps };
  } finally {
    await world.close();
  }
}

/** The table at the end, for a terminal of eighty columns and more. */
export function printDemo({ ok, durationMs, steps }: DemoResult): string {
  const rows = steps.flatMap((step) => [
    `  ${step.ok ? 'as expected' : 'UNEXPECTED '}  (${step.id}) ${step.title}  ${formatDuration(step.durationMs)}`,
    `                   ${step.found}`,
    ...(step.ok ? [] : [`      expected     ${step.expected}`]),
  ]);
  const wrong = steps.filter((step) => !step.ok).length;
  const last = ok
    ? `All ${steps.length} outcomes are as expected, in ${formatDuration(durationMs)}.`
    : `${wrong} of ${steps.length} outcomes are not as expected.`;
  return ['', ...rows, '', last].join('\n');
}
