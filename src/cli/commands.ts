import type { Command } from './command.ts';

interface CommandEntry {
  /** One line for the overview. */
  readonly summary: string;
  /** Loads the command and what it needs, only when it is wanted: `--help` must not wait for Azure's libraries. */
  load(): Promise<{ readonly default: Command }>;
}

/** Every command, in the order of the overview. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  swap: {
    summary: 'swap two slots once, behind a health gate',
    load: () => import('./swap.command.ts'),
  },
};
