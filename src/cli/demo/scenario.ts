import type { RolloutEvent } from '../../rollout/ports.ts';
import type { Start, World } from './world.ts';

/** One demo: what it starts from, and steps that each show one outcome there. The same steps are a test. */
export interface Scenario {
  /** As it is chosen: `--scenario contoso`. */
  readonly name: string;
  /** What it shows, in a line. */
  readonly title: string;
  readonly start: Start;
  /** One after the other, all in the same world. */
  readonly steps: readonly Step[];
}

/** One part of a scenario: it may rely on what the parts before it left behind. */
export interface Step {
  readonly id: string;
  readonly title: string;
  run(world: World, stage: Stage): Promise<Outcome>;
}

/** What a step showed, in words: as expected only when both are the same. */
export interface Outcome {
  readonly expected: string;
  readonly found: string;
}

/** What a step needs of its surroundings. */
export interface Stage {
  /** A line for the audience. */
  readonly say: (line: string) => void;
  /** Program and first arguments that run this command line, for the step that needs a process of its own. */
  readonly cli: readonly [string, ...string[]];
  /** The folder of the example that the scenario starts from, as it is in the repository. */
  readonly example: string;
}

/** Tells the audience what matters of a run: warnings, and the steps that change or judge something. */
export function audience(stage: Stage): (event: RolloutEvent) => void {
  const told: ReadonlySet<RolloutEvent['step']> = new Set([
    'command',
    'swap',
    'shift',
    'verified',
    'swap-back',
    'shift-back',
    'roll-back',
  ]);
  return ({ step, level, service, message }) => {
    if (level !== 'info' || told.has(step)) stage.say(`${service.padEnd(13)} ${message}`);
  };
}
