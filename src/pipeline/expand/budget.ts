import type { Position } from '../../finding/finding.ts';
import { Work } from '../../expression/work.ts';

/** Documented: at most this many separate files, this many levels of templates, this much text. */
const MOST_FILES = 100;
const MOST_LEVELS = 100;
const MOST_TEXT = 20 * 1024 * 1024;
/** The open SDK's limit of what one expansion may produce. Beyond it nobody could run the pipeline anyway. */
const MOST_NODES = 1_000_000;
/** Levels of the expanded tree, as those of a file. */
const DEEPEST_TREE = 100;
/** Directives, includes and levels that are open at once: the walk recurses, and the stack of the process ends. */
const DEEPEST_WALK = 1000;
/** Characters and items that all expressions of a pipeline may look at together: about a second. */
const MOST_WORK = 50_000_000;

/** Measured for files that include themselves, which the service does not notice otherwise. */
export const TOO_DEEP = 'Maximum object depth exceeded';

/** Ends an expansion that outgrows a limit; it never leaves the folder. */
export class LimitReached extends Error {
  readonly at: Position;

  constructor(at: Position, message: string) {
    super(message);
    this.at = at;
  }
}

/** What a part of an expansion has cost. */
export interface Spent {
  readonly nodes: number;
  readonly text: number;
  readonly work: number;
}

/** Counts what an expansion costs and ends it beyond the limits, so that no pipeline takes forever or all memory. */
export class Budget {
  readonly work = new Work(MOST_WORK);
  readonly #files = new Set<string>();
  #text = 0;
  #fileText = 0;
  #nodes = 0;
  #open = 0;
  #again = 0;

  /** Visits so far that were really made. */
  get spent(): number {
    return this.#nodes - this.#again;
  }

  /** All so far. */
  taken(): Spent {
    return { nodes: this.#nodes, text: this.#text, work: this.work.spent };
  }

  since(before: Spent): Spent {
    const { nodes, text, work } = this.taken();
    return { nodes: nodes - before.nodes, text: text - before.text, work: work - before.work };
  }

  /** Counts a part that was taken from another case: the limits are those of the pipeline and not of the work. */
  again(at: Position, { nodes, text, work }: Spent): void {
    this.take(at, nodes);
    this.#again += nodes - 1;
    this.takeText(at, text);
    this.work.take(work);
  }

  /** One more visit of a node, round of a loop, or node that was made. */
  take(at: Position, amount = 1): void {
    this.#nodes += amount;
    if (this.#nodes > MOST_NODES)
      throw new LimitReached(
        at,
        `the expanded pipeline has more than ${MOST_NODES} parts; look for a loop that explodes`,
      );
  }

  takeText(at: Position, length: number): void {
    this.#text += length;
    if (this.#text + this.#fileText > MOST_TEXT)
      throw new LimitReached(at, `the pipeline and its templates have more than ${MOST_TEXT / 1024 / 1024} MB of text`);
  }

  /** Text of a file: no part of an expansion takes it twice. */
  takeFileText(at: Position, length: number): void {
    this.#fileText += length;
    this.takeText(at, 0);
  }

  takeFile(at: Position, file: string): void {
    this.#files.add(file);
    if (this.#files.size > MOST_FILES)
      throw new LimitReached(at, `more than ${MOST_FILES} template files are included, directly or indirectly`);
  }

  checkLevels(at: Position, templates: number): void {
    if (templates > MOST_LEVELS) throw new LimitReached(at, TOO_DEEP);
  }

  checkTree(at: Position, level: number): void {
    if (level > DEEPEST_TREE) throw new LimitReached(at, TOO_DEEP);
  }

  /** Does something one level deeper in the walk. */
  deeper<T>(at: Position, work: () => T): T {
    this.#open++;
    if (this.#open > DEEPEST_WALK) throw new LimitReached(at, TOO_DEEP);
    try {
      return work();
    } finally {
      this.#open--;
    }
  }
}
