import type { Finding } from './finding.ts';

/** The texts of the files that findings point into, by the file name that the findings carry. */
export type Sources = ReadonlyMap<string, string>;

/** A finding in the document that `--format json` prints. */
export interface FindingJson {
  readonly rule: string;
  readonly severity: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly services: readonly string[];
  readonly counterexample?: string;
}

const LONGEST_EXCERPT = 160;

/**
 * Findings for people: `file:line:column: severity rule: message`, which editors and terminals make a link of, then the
 * line itself with a mark under the column where its text is at hand, and the execution in which it goes wrong.
 */
export function printText(findings: readonly Finding[], sources: Sources = new Map()): string {
  const lines = new Map([...sources].map(([file, text]) => [file, text.split(/\r\n|\r|\n/)]));
  return findings
    .map((finding) => {
      const { file, line, column, severity, rule, message, counterexample } = finding;
      const source = lines.get(file)?.[line - 1];
      return [
        `${neutral(file)}:${line}:${column}: ${severity} ${rule}: ${neutral(message)}`,
        ...(source === undefined ? [] : markColumn(source, line, column)),
        ...(counterexample === undefined ? [] : [`    for example: ${neutral(counterexample)}`]),
        '',
      ].join('\n');
    })
    .join('');
}

function markColumn(source: string, line: number, column: number): string[] {
  // A long line is cut so that the column stays in sight.
  const start = Math.max(0, column - 1 - LONGEST_EXCERPT / 2);
  const shown = neutral(source.slice(start, start + LONGEST_EXCERPT)).trimEnd();
  const number = String(line).padStart(5);
  return [`${number} | ${shown}`, `${' '.repeat(number.length)} | ${' '.repeat(column - 1 - start)}^`];
}

/** Findings as commands of the build agent, one a line: it shows them in the run's summary and at the file. */
export function printAgent(findings: readonly Finding[]): string {
  return findings
    .map(({ file, line, column, severity, rule, message, counterexample }) => {
      const properties = { type: severity, sourcepath: file, linenumber: line, columnnumber: column, code: rule };
      const written = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
      const data = counterexample === undefined ? message : `${message} For example: ${counterexample}`;
      return `##vso[task.logissue ${written.join(';')}]${escapeData(neutral(data))}\n`;
    })
    .join('');
}

/** Findings as plain data in a fixed order of keys, for `--format json`. */
export function toJson(findings: readonly Finding[]): FindingJson[] {
  return findings.map(({ rule, severity, message, file, line, column, services, counterexample }) => ({
    rule,
    severity,
    message,
    file,
    line,
    column,
    services: [...services],
    ...(counterexample === undefined ? {} : { counterexample }),
  }));
}

/**
 * Text from outside, fit for one line of a log: control signs, which could move a terminal's cursor or begin a line of
 * their own, become spaces, and nothing in it is a command to the agent, which obeys `##vso[` anywhere in a line.
 */
export function neutral(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return text.replace(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]/g, ' ').replace(/##(?=(?:vso)?\[)/gi, '# #');
}

/** The agent's own encoding, as its task library writes it. */
function escapeData(text: string): string {
  return text.replace(/%/g, '%AZP25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replace(/\]/g, '%5D').replace(/;/g, '%3B');
}
