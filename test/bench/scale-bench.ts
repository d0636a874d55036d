import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What one deployment took, in a process of its own. */
export interface ScaleRun {
  readonly services: number;
  /** Of Azure and the apps. */
  readonly requests: number;
  /** Of the journal. */
  readonly reads: number;
  readonly appends: number;
  /** Read from the journal's file. */
  readonly readBytes: number;
  readonly journalBytes: number;
  /** What is still held after it, garbage collected. */
  readonly heapBytes: number;
  /** The most that the process had at any time. */
  readonly rssMb: number;
  readonly wallMs: number;
}

/** Many services against few, in the same run. */
export interface ScaleFigures {
  readonly parallel: number;
  readonly few: ScaleRun;
  readonly many: ScaleRun;
  /** For each service, what `many` takes against what `few` takes. */
  readonly growth: Readonly<Record<PerService, number>>;
}

export const PER_SERVICE = ['requests', 'reads', 'appends', 'readBytes', 'heapBytes', 'rssMb'] as const;
export type PerService = (typeof PER_SERVICE)[number];

export interface ScaleBench {
  readonly few?: number;
  readonly many?: number;
  readonly width?: number;
}

/** Deploys few services and many, on fakes that take next to no time, with a journal in a file that is flushed as ever. */
export async function benchScale({ few = 100, many = 1000, width = 10 }: ScaleBench = {}): Promise<ScaleFigures> {
  const runs = [await scaleRun(few, width), await scaleRun(many, width)] as const;
  return { parallel: width, few: runs[0], many: runs[1], growth: growthOf(...runs) };
}

async function scaleRun(services: number, width: number): Promise<ScaleRun> {
  const script = join(import.meta.dirname, 'scale-run.ts');
  const args = ['--expose-gc', '--import', 'tsx', script, String(services), String(width)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as ScaleRun;
}

/** Pure. */
export function growthOf(few: ScaleRun, many: ScaleRun): ScaleFigures['growth'] {
  const growth = (name: PerService): number =>
    Math.round((many[name] / many.services / (few[name] / few.services)) * 1000) / 1000;
  return Object.fromEntries(PER_SERVICE.map((name) => [name, growth(name)])) as ScaleFigures['growth'];
}
