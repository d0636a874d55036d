/** How much a finding weighs: an error fails a check, a warning does not. */
export type Severity = 'error' | 'warning';

/** A place in a text file. `line` and `column` start at 1, as editors and the build agent count. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * One thing that is wrong, where it is, and by which rule. Rule names are part of the interface: people search for
 * them and suppress by them.
 */
export interface Finding extends Position {
  readonly rule: string;
  readonly severity: Severity;
  /** One sentence: what was expected, what was found, what to do. */
  readonly message: string;
  /** Services of the graph that the finding is about, in the order of the message. */
  readonly services: readonly string[];
  /** For a finding about order: an execution in which it goes wrong. */
  readonly counterexample?: string;
  /**
   * What exactly is wrong, in names of the file: no line numbers, no advice. A finding is known again by it; where it is
   * absent, by its message.
   */
  readonly identity?: string;
}

/** Sorts by file, line, column and rule, so that the same input always prints the same text. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) =>
      compareText(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compareText(a.rule, b.rule) ||
      compareText(a.message, b.message),
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
