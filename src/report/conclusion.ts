import type { Finding } from '../finding/finding.ts';

/**
 * 0 done; 1 findings, or refused: nothing unverified is in production; 2 bad input; 3 rolled back: what failed is as it was,
 * verified, and what stays on the new release is named; 4 a person is needed: the state is unknown, not healthy, changed by
 * somebody else, or a compensation failed.
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** How a piece of work ended, for whoever started it: a task's result or a command's exit code and output. */
export interface Conclusion {
  readonly exitCode: ExitCode;
  /** Whether a task with this end has succeeded. */
  readonly succeeded: boolean;
  /** One sentence: what is so now, and what to do if anything. */
  readonly sentence: string;
  /** What a command prints on stdout. */
  readonly text: string;
  /** What a command prints with `--format json`. */
  readonly document: unknown;
  /** Output variables of a task. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The summary of a pipeline run. */
  readonly markdown: string;
  /** Places in files to annotate. */
  readonly findings: readonly Finding[];
}
