import type { Clock } from '../time/clock.ts';
import { hashOf, type ChainEnd } from './chain.ts';
import type { Action, Entry, JournalReading, JournalStore, Phase } from './entry.ts';

/** What the caller knows of an entry; the recorder adds who, when and which. */
export type Draft = { readonly action: Action; readonly phase: Phase; readonly reason: string } & Partial<
  Pick<
    Entry,
    | 'service'
    | 'promotion'
    | 'target'
    | 'release'
    | 'replaces'
    | 'replacedHealthy'
    | 'before'
    | 'after'
    | 'forMs'
    | 'plan'
  >
>;

/** One writer's pen: numbers its entries without a gap and hands them to the store one after the other. */
export interface Recorder {
  readonly run: string;
  readonly writer: string;
  /** Resolves when the entry is durable. Rejects when it is not known to be: then nothing may be done on its strength. */
  record(draft: Draft): Promise<Entry>;
  /**
   * What the store shows to who begins to read now, or a moment later. Many services read at the same time: those who
   * ask while a reading is under way share the next one, which begins when all of them have asked.
   */
  read(): Promise<JournalReading>;
  /** Where this writer's chain ends, by the entries that are known to be durable; undefined before the first. */
  end(): ChainEnd | undefined;
}

/**
 * @param writer unique per process: a second process that used the same name would make gaps and doubles
 */
export function recorder(store: JournalStore, clock: Clock, run: string, writer: string): Recorder {
  let sequence = 0;
  let previous: string | null = null;
  let end: ChainEnd | undefined;
  // Several services record at the same time; the chain keeps their entries in the order of their numbers.
  let last: Promise<unknown> = Promise.resolve();
  return {
    run,
    writer,
    record: (draft) => {
      sequence += 1;
      const entry: Entry = {
        schema: 2,
        id: `${writer}.${sequence}`,
        writer,
        sequence,
        at: new Date(clock.now()).toISOString(),
        run,
        previous,
        service: null,
        promotion: null,
        target: null,
        release: null,
        replaces: null,
        replacedHealthy: null,
        before: null,
        after: null,
        forMs: null,
        plan: null,
        ...draft,
      };
      // By the entry that was tried before, whatever became of it: when its answer was lost it may stand in the store.
      // Where it does not, its number is missing, and that says more than a hash could.
      const hash = hashOf(entry);
      previous = hash;
      const written = last.then(
        () => store.append(entry),
        () => store.append(entry),
      );
      last = written;
      return written.then(() => {
        end = { writer, entries: (end?.entries ?? 0) + 1, hash, chained: true };
        return entry;
      });
    },
    read: oneAfterTheOther(() => store.read(run)),
    end: () => end,
  };
}

/** Never a result of work that had begun before it was asked for: it may have missed what the asker has just written. */
function oneAfterTheOther<T>(work: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<unknown> | undefined;
  let next: Promise<T> | undefined;
  const begin = (): Promise<T> => {
    const result = work();
    const end = result.then(
      () => undefined,
      () => undefined,
    );
    underWay = end;
    void end.then(() => {
      if (underWay === end) underWay = undefined;
    });
    return result;
  };
  return () => {
    if (underWay === undefined) return begin();
    next ??= underWay.then(() => {
      next = undefined;
      return begin();
    });
    return next;
  };
}
