import { spawn, type ChildProcess } from 'node:child_process';

/** The gate service as a process of its own, in a host that may be put to sleep and woken at any time. */
export interface GateProcess {
  /** Its address; starts it where it does not run. @throws Error when it does not start */
  url(): Promise<string>;
  /** Asks it to end, and resolves when it has: what is open is gone on with at its next start. */
  stop(): Promise<void>;
}

/** It listens within seconds, or never: a wrong flag ends it at once. */
const STARTS_WITHIN_MS = 20_000;
/** Of what it printed before it ended: the reason of a start that failed. */
const KEPT_OUTPUT_CHARACTERS = 2000;
const ADDRESS = /http:\/\/127\.0\.0\.1:\d+/;

/**
 * Runs `program gate serve` at a free port of this machine. Many may ask at once: one is started, and another only when
 * that has ended.
 * @param flags of the command, each a word of its own; those of where it listens are given here
 * @param folder where it is started, and files that flags name are looked for
 * @param log takes its lines of JSON
 */
export function gateProcess(
  program: readonly [string, ...string[]],
  flags: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
  log: (line: string) => void,
  startsWithinMs = STARTS_WITHIN_MS,
): GateProcess {
  let running:
    | { readonly child: ChildProcess; readonly url: Promise<string>; readonly ended: Promise<void> }
    | undefined;
  const start = (): NonNullable<typeof running> => {
    const [file, ...first] = program;
    const args = [...first, 'gate', 'serve', '--host', '127.0.0.1', '--port', '0', ...flags];
    const child = spawn(file, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], shell: false });
    let said = '';
    const url = new Promise<string>((resolve, reject) => {
      const late = AbortSignal.timeout(startsWithinMs);
      const giveUp = (): void => {
        child.kill('SIGKILL');
        reject(new Error(`the gate service did not listen within ${startsWithinMs / 1000} s: ${said.trim()}`));
      };
      late.addEventListener('abort', giveUp);
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`the gate service did not start: ${said.trim()}`)));
      child.stdout.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString('utf8')).slice(-KEPT_OUTPUT_CHARACTERS);
        const [address] = ADDRESS.exec(said) ?? [];
        if (address === undefined) return;
        // From now on it may run for as long as it likes.
        late.removeEventListener('abort', giveUp);
        resolve(address);
      });
    });
    // Whoever asks for it is told; a start that nobody waits for is no fault of the host.
    url.catch(() => undefined);
    let pending = '';
    child.stderr.on('data', (chunk: Buffer) => {
      const lines = (pending + chunk.toString('utf8')).split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines) log(line);
      said = (said + chunk.toString('utf8')).slice(-KEPT_OUTPUT_CHARACTERS);
    });
    const ended = new Promise<void>((resolve) => {
      child.once('error', () => resolve());
      child.once('close', () => resolve());
    });
    const one = { child, url, ended };
    void ended.then(() => {
      if (running === one) running = undefined;
    });
    return one;
  };
  return {
    url: () => (running ??= start()).url,
    stop: async () => {
      running?.child.kill('SIGTERM');
      await running?.ended;
    },
  };
}
