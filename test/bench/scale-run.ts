import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileJournal } from '../../src/journal/file-journal.ts';
import { PacedClock } from '../fakes/paced-clock.ts';
import { deployWide } from '../rollout/wide-system.ts';
import type { ScaleRun } from './scale-bench.ts';

/**
 * A process of its own, `node --expose-gc scale-run.ts SERVICES WIDTH`: deploys so many services on fakes, with a journal
 * in a file, and prints what that took. The memory of one must not be mixed with that of another.
 */
const [services = 0, width = 0] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'safe-rollout-scale-'));
const file = join(folder, 'journal.jsonl');
try {
  // A few first, so that what is loaded and compiled once does not count.
  await deployWide({ clock: new PacedClock(100), store: fileJournal(join(folder, 'first.jsonl')), services: 2, width });
  const bytes = await countingFileReads();
  gc!();
  const before = process.memoryUsage().heapUsed;
  const begun = performance.now();
  const store = fileJournal(file);
  const { result, asked } = await deployWide({ clock: new PacedClock(100), store, services, width });
  if (result.outcome !== 'deployed') throw new Error(`the deployment did not succeed: ${result.reason.slice(0, 500)}`);
  const wallMs = Math.round(performance.now() - begun);
  gc!();
  // The store and the result are still held: what a run keeps is in the first.
  const heapBytes = process.memoryUsage().heapUsed - before;
  if ((await store.read('run')).problems.length > 0 || result.services.length !== services) throw new Error('a gap');
  const run: ScaleRun = {
    services,
    ...asked,
    readBytes: bytes(),
    journalBytes: statSync(file).size,
    heapBytes,
    rssMb: process.resourceUsage().maxRSS / 1024,
    wallMs,
  };
  process.stdout.write(JSON.stringify(run));
} finally {
  rmSync(folder, { recursive: true });
}

/** @returns how many bytes were read from files since, by way of a handle */
async function countingFileReads(): Promise<() => number> {
  const handle = await open(import.meta.filename, 'r');
  const handles = Object.getPrototypeOf(handle) as { read: (...args: unknown[]) => Promise<{ bytesRead: number }> };
  await handle.close();
  const { read } = handles;
  let bytes = 0;
  handles.read = async function (...args) {
    const end = await read.apply(this, args);
    bytes += end.bytesRead;
    return end;
  };
  return () => bytes;
}
