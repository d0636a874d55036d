import { spawn } from 'node:child_process';
import type { CommandHost, CommandResult } from '../rollout/ports.ts';

/** What is kept of a program's output: its end, where the reason of a failure stands. */
const KEPT_OUTPUT_BYTES = 16 * 1024;
/** How long a program that was asked to end may take before it is made to. */
const GRACE_MS = 5000;

/**
 * Runs programs in one folder, without a shell, with the given environment added to `baseEnv`. When the time is over
 * or the signal comes, the program's whole group is asked to end and then made to.
 */
export function commandHost(folder: string, baseEnv: Readonly<Record<string, string | undefined>>): CommandHost {
  return {
    run: ([program, ...args], timeoutMs, env, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason as Error);
          return;
        }
        const windows = process.platform === 'win32';
        const child = spawn(program, args, {
          cwd: folder,
          env: { ...baseEnv, ...env },
          stdio: ['ignore', 'pipe', 'pipe'],
          shell: false,
          detached: !windows,
        });
        let output = Buffer.alloc(0);
        const keep = (chunk: Buffer): void => {
          output = Buffer.concat([output, chunk]).subarray(-KEPT_OUTPUT_BYTES);
        };
        child.stdout.on('data', keep);
        child.stderr.on('data', keep);
        let ended = false;
        const end = (kind: NodeJS.Signals): void => {
          // The group is asked, not the program: what a program leaves behind keeps its output open, and us waiting.
          if (child.pid === undefined || ended) return;
          try {
            if (windows) child.kill(kind);
            else process.kill(-child.pid, kind);
          } catch {
            // gone between the look and the call
          }
        };
        const timeout = AbortSignal.timeout(timeoutMs);
        const stop = (): void => {
          end('SIGTERM');
          AbortSignal.timeout(GRACE_MS).addEventListener('abort', () => end('SIGKILL'));
        };
        timeout.addEventListener('abort', stop);
        signal?.addEventListener('abort', stop);
        const finish = (result: CommandResult): void => {
          ended = true;
          timeout.removeEventListener('abort', stop);
          signal?.removeEventListener('abort', stop);
          if (signal?.aborted) reject(signal.reason as Error);
          else resolve(result);
        };
        child.on('error', (error) =>
          finish({ exitCode: null, output: `${program} could not be started: ${error.message}` }),
        );
        child.on('close', (exitCode) => {
          const late = timeout.aborted ? `\nended after ${Math.round(timeoutMs / 1000)}s, the limit` : '';
          finish({ exitCode: timeout.aborted ? null : exitCode, output: output.toString('utf8') + late });
        });
      }),
  };
}
