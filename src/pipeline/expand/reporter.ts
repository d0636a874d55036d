import type { Finding, Position } from '../../finding/finding.ts';
import { placeOf } from '../../yaml/node.ts';
import type { Unresolved } from '../model.ts';
import { PIPELINE_FILE } from '../reading.ts';
import type { Traces } from './traces.ts';

/** A template that goes wrong goes wrong at each of its uses; nobody reads more than this. */
const MOST_FINDINGS = 200;

/** Collects what an expansion finds wrong and what it cannot tell, each place and sentence once. */
export class Reporter {
  readonly findings: Finding[] = [];
  readonly unresolved: Unresolved[] = [];
  readonly #said = new Set<string>();
  readonly #traces: Traces | undefined;

  /** @param traces told of what is said, so that it is said again in other cases */
  constructor(traces?: Traces) {
    this.#traces = traces;
  }

  /** Something that the service refuses. */
  fault(at: Position, message: string): void {
    this.#traces?.note(({ reporter }) => reporter.fault(at, message));
    if (this.findings.length < MOST_FINDINGS && this.#isNew(at, message))
      this.findings.push({ rule: PIPELINE_FILE, severity: 'error', message, ...placeOf(at), services: [] });
  }

  /** Something that cannot be told before the run, or that nobody has measured. */
  cannotTell(at: Position, what: string): void {
    this.#traces?.note(({ reporter }) => reporter.cannotTell(at, what));
    if (this.unresolved.length < MOST_FINDINGS && this.#isNew(at, what)) this.unresolved.push({ ...placeOf(at), what });
  }

  #isNew({ file, line, column }: Position, message: string): boolean {
    const key = `${file}\n${line}:${column}\n${message}`;
    return !this.#said.has(key) && this.#said.add(key).size > 0;
  }
}
