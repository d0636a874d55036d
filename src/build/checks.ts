import { spawn } from 'node:child_process';

/** What `npm test` asks before the tests, in two rows side by side, each as long as the other. */
const ROWS: readonly (readonly string[])[] = [
  ['tsc --noEmit', 'tsx src/build/manifests.ts --check', 'tsx src/build/lint/lint.ts'],
  ['oxlint --type-aware --deny-warnings', 'oxfmt --check .', 'tsx src/build/bundle.ts'],
];

/** @returns its exit code; what it says is printed as a whole, so that the rows do not mix */
async function run(command: string): Promise<number> {
  const start = performance.now();
  const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => void said.push(chunk));
  const code = await new Promise<number>((resolve) => child.on('close', (exit) => resolve(exit ?? 1)));
  console.error(
    `${command}: ${code === 0 ? 'good' : `exit code ${code}`}, ${Math.round(performance.now() - start)} ms`,
  );
  if (code !== 0) console.error(Buffer.concat(said).toString('utf8'));
  return code;
}

/** All of a row, also behind what failed: a person wants to know of everything at once. */
async function row(commands: readonly string[]): Promise<number[]> {
  const codes: number[] = [];
  for (const command of commands) codes.push(await run(command));
  return codes;
}

const codes = (await Promise.all(ROWS.map(row))).flat();
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
