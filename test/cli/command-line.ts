import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { builtProduct, COMPILED_ONCE } from '../tasks/built-tasks.ts';

export interface CommandEnd {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the bundled command line in a process of its own, with nothing of ours in its environment but `env`. */
export async function safeRollout(
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
    /** Called once the process runs: to send it a signal when it is time. */
    readonly onStart?: (child: ChildProcess, stdout: () => string) => void | Promise<void>;
  } = {},
): Promise<CommandEnd> {
  const program = join(await builtProduct(), 'cli/safe-rollout.js');
  const child = spawn(process.execPath, [...COMPILED_ONCE, program, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'] ?? '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  void options.onStart?.(child, () => stdout);
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { exitCode, stdout, stderr };
}
