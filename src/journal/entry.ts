import { fromSchema1, shapeProblem } from './shapes.ts';
import type { Prints, Target } from './target.ts';
import { HASH, rememberWritten } from './written.ts';

export type { Prints, Target } from './target.ts';

/** A release: the version where it is known, and always the digest of its package where there is one. */
export interface Release {
  readonly version: string | null;
  /** SHA-256 of the package, in hex. */
  readonly digest: string | null;
}

export type Action =
  | 'plan' // the resolved plan; first entry of a run
  | 'upload' // a release put where no user sees it
  | 'run' // a command service
  | 'route' // routing rules, or the names of revisions in the traffic, written
  | 'claim' // mutual exclusion; `intent` asks for it, `done` gives it back
  | 'preview' // the target's settings applied to the source
  | 'revision' // a revision begun or ended
  | 'promote' // a release brought before users: a swap, a shift of traffic
  | 'reset-slot-config' // settings of a failed swap taken back
  | 'verify' // the promoted release judged on its target
  | 'undo' // the compensation of one promotion
  | 'roll-back' // a rollback begun, and how it ended
  | 'close'; // the run is over; nothing is left to be done

export type Phase = 'intent' | 'done' | 'failed' | 'unknown';

/** One line of the journal. Written before an effect (`intent`) and after it; never changed. */
export interface Entry {
  /** 2 is what is written; entries of 1 are read for ever. */
  readonly schema: 1 | 2;
  readonly id: string;
  /** Who wrote it: job and attempt, or a process. Sequences are per writer. */
  readonly writer: string;
  /** 1, 2, 3 ... per writer, so that a lost entry leaves a gap that can be seen. */
  readonly sequence: number;
  /** ISO time of the writer's clock: for people. */
  readonly at: string;
  readonly run: string;
  /** Hash of the writer's entry before this one, null for its first. Entries of schema 1 have none. */
  readonly previous?: string | null;
  readonly action: Action;
  readonly phase: Phase;
  readonly service: string | null;
  /** Id of the promotion that this entry belongs to. */
  readonly promotion: string | null;
  readonly target: Target | null;
  readonly release: Release | null;
  /** Version that the target reported before the promotion, where it told one. */
  readonly replaces: string | null;
  /** Whether the target answered healthy before the promotion, by the probe of the new release; null where it was not asked. */
  readonly replacedHealthy: boolean | null;
  readonly before: Prints | null;
  readonly after: Prints | null;
  /** One sentence for people. */
  readonly reason: string;
  /** For how long a claim lasts, in milliseconds; null for every other entry. */
  readonly forMs: number | null;
  /** The resolved plan, in the entry of action `plan` only. */
  readonly plan: unknown;
}

/** What a store gave back. What it could not vouch for is named in `problems`, and makes the state unknown. */
export interface JournalReading {
  readonly entries: readonly Entry[];
  readonly problems: readonly string[];
  /** Damages that are proven not to be of this run; none when left out. */
  readonly warnings?: readonly string[];
  /** When the store took an entry, by its own clock (milliseconds since the epoch), by entry id; where it tells. */
  readonly storedAt?: ReadonlyMap<string, number>;
  /** Of two readings with the same one, the longer begins with the entries of the shorter, and the store's times agree. */
  readonly growth?: object;
}

/**
 * Where entries live. `append` resolves when the entry is durable; it is not idempotent and must not be repeated
 * blindly. `read` gives the entries of one run in an order in which each writer's own entries keep their sequence.
 * Both reject with an Error that says what stopped them.
 */
export interface JournalStore {
  append(entry: Entry): Promise<void>;
  read(run: string): Promise<JournalReading>;
}

const ACTIONS: ReadonlySet<string> = new Set<Action>([
  'plan',
  'upload',
  'run',
  'route',
  'claim',
  'preview',
  'revision',
  'promote',
  'reset-slot-config',
  'verify',
  'undo',
  'roll-back',
  'close',
]);
const PHASES: ReadonlySet<string> = new Set<Phase>(['intent', 'done', 'failed', 'unknown']);

/** Longest text of one entry in bytes. An entry with a plan of 200 services takes about 80 kB. */
export const LARGEST_ENTRY_BYTES = 1024 * 1024;

/**
 * Reads one entry back. Everything that is later decided on is checked here, because a journal can be written by
 * another version or by somebody else.
 * @returns the entry, or a sentence that says what is wrong with it
 */
export function parseEntry(text: string): Entry | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'is not JSON';
  }
  if (!isRecord(value)) return 'is not an object';
  const { schema } = value;
  if (schema !== 1 && schema !== 2) return `has schema ${String(schema)}, expected 1 or 2`;
  const written = value;
  if (schema === 1) value = fromSchema1(value);
  if (!isRecord(value)) return 'is not an object';
  for (const name of ['id', 'writer', 'at', 'run', 'reason'])
    if (typeof value[name] !== 'string') return `has no text '${name}'`;
  if (!Number.isInteger(value['sequence']) || Number(value['sequence']) < 1) return `has no sequence`;
  if (schema === 2 && !isHashOrNull(value['previous'])) return "has a 'previous' that is no hash";
  if (!ACTIONS.has(String(value['action']))) return `has the unknown action '${String(value['action'])}'`;
  if (!PHASES.has(String(value['phase']))) return `has the unknown phase '${String(value['phase'])}'`;
  for (const name of ['service', 'promotion', 'replaces'])
    if (value[name] !== null && typeof value[name] !== 'string') return `has a '${name}' that is no text`;
  if (value['replacedHealthy'] !== null && typeof value['replacedHealthy'] !== 'boolean')
    return "has a 'replacedHealthy' that is neither true nor false";
  if (value['forMs'] !== null && typeof value['forMs'] !== 'number') return "has a 'forMs' that is no number";
  const misshapen = shapeProblem(value);
  if (misshapen !== undefined) return misshapen;
  if (value['release'] !== null && !isRelease(value['release'])) return 'has an incomplete release';
  return rememberWritten(value as unknown as Entry, written);
}

function isHashOrNull(value: unknown): boolean {
  return value === null || (typeof value === 'string' && HASH.test(value));
}

function isRelease(value: unknown): boolean {
  return isRecord(value) && hasTexts(value, ['version', 'digest'], true);
}

function hasTexts(value: Record<string, unknown>, names: readonly string[], nullable: boolean): boolean {
  return names.every((name) => typeof value[name] === 'string' || (nullable && value[name] === null));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
