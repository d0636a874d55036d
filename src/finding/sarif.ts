import type { Finding, Position } from './finding.ts';

/** A rule as SARIF viewers show it. */
export interface SarifRule {
  readonly id: string;
  readonly what: string;
  readonly why: string;
  readonly cure: string;
  readonly level: 'error' | 'warning';
  readonly uri: string;
}

export interface SarifResult {
  readonly finding: Finding;
  readonly fingerprint: string;
  /** Undefined without a baseline to compare with. */
  readonly baselineState: 'new' | 'unchanged' | undefined;
  readonly suppression: (Position & { readonly how: 'comment' | 'graph'; readonly reason: string }) | undefined;
  /** The rule could not be judged here: SARIF calls such a result open. */
  readonly open: boolean;
}

export interface SarifRun {
  readonly tool: { readonly name: string; readonly version: string; readonly uri: string };
  readonly rules: readonly SarifRule[];
  readonly results: readonly SarifResult[];
  /** Entries of the baseline that no result has any more. */
  readonly absent: readonly {
    readonly rule: string;
    readonly message: string;
    readonly file: string;
    readonly fingerprint: string;
  }[];
  /** False when a file could not be read, so that nothing was checked. */
  readonly executed: boolean;
  readonly exitCode: number;
  readonly sources: ReadonlyMap<string, string>;
}

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
/** The name says what the value is made of, as the standard asks; a new way to make it gets a new number. */
const FINGERPRINT = 'safeRolloutFinding/v1';
const LONGEST_SNIPPET = 1000;

/** A log of one run in SARIF 2.1.0 (OASIS), for the Scans tab of Azure DevOps, code scanning and editors. */
export function printSarif(run: SarifRun): string {
  const { tool, rules, results, absent, sources } = run;
  const index = new Map(rules.map(({ id }, at) => [id, at]));
  const linesOf = new Map([...sources].map(([file, text]) => [file, text.split(/\r\n|\r|\n/)]));
  const files = [...new Set(results.map(({ finding }) => finding.file))];
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: tool.name, version: tool.version, informationUri: tool.uri, rules: rules.map(ruleOf) },
        },
        invocations: [
          {
            executionSuccessful: run.executed,
            exitCode: run.exitCode,
            toolExecutionNotifications: results
              .filter(({ open, suppression }) => open && suppression === undefined)
              .map(({ finding }) => notificationOf(finding, index)),
          },
        ],
        columnKind: 'utf16CodeUnits',
        artifacts: files.map((file) => ({ location: artifactOf(file) })),
        results: [
          ...results.map((result) => resultOf(result, index, linesOf)),
          ...absent.map(({ rule, message, file, fingerprint }) => ({
            ruleId: rule,
            level: 'none',
            kind: 'pass',
            message: { text: message },
            locations: [{ physicalLocation: { artifactLocation: artifactOf(file) } }],
            partialFingerprints: { [FINGERPRINT]: fingerprint },
            baselineState: 'absent',
          })),
        ],
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function ruleOf({ id, what, why, cure, level, uri }: SarifRule): object {
  return {
    id,
    name: pascalCase(id),
    shortDescription: { text: what },
    fullDescription: { text: `${what} ${why}` },
    help: { text: `${why} ${cure}`, markdown: `**Why it matters.** ${why}\n\n**Cure.** ${cure}` },
    helpUri: uri,
    defaultConfiguration: { level },
  };
}

function resultOf(
  { finding, fingerprint, baselineState, suppression, open }: SarifResult,
  rules: ReadonlyMap<string, number>,
  linesOf: ReadonlyMap<string, readonly string[]>,
): object {
  const { rule, severity, message, services, counterexample } = finding;
  const ruleIndex = rules.get(rule);
  return {
    ruleId: rule,
    ...(ruleIndex !== undefined && { ruleIndex }),
    kind: open ? 'open' : 'fail',
    level: open ? 'none' : severity,
    message: { text: counterexample === undefined ? message : `${message}. For example: ${counterexample}.` },
    locations: [{ physicalLocation: placeOf(finding, linesOf) }],
    partialFingerprints: { [FINGERPRINT]: fingerprint },
    ...(baselineState !== undefined && { baselineState }),
    suppressions: suppression === undefined ? [] : [suppressionOf(suppression)],
    properties: { services: [...services], ...(counterexample !== undefined && { counterexample }) },
  };
}

function suppressionOf(suppression: NonNullable<SarifResult['suppression']>): object {
  return {
    // A comment stands at the finding, the graph file beside it.
    kind: suppression.how === 'comment' ? 'inSource' : 'external',
    status: 'accepted',
    justification: suppression.reason,
    location: { physicalLocation: placeOf(suppression, new Map()) },
  };
}

function notificationOf(finding: Finding, rules: ReadonlyMap<string, number>): object {
  const index = rules.get(finding.rule);
  return {
    level: finding.severity,
    message: { text: finding.message },
    locations: [{ physicalLocation: placeOf(finding, new Map()) }],
    associatedRule: { id: finding.rule, ...(index !== undefined && { index }) },
  };
}

function placeOf({ file, line, column }: Position, linesOf: ReadonlyMap<string, readonly string[]>): object {
  const source = linesOf.get(file)?.[line - 1];
  const text = source !== undefined && source.length >= column ? source : undefined;
  const end = text === undefined ? undefined : text.trimEnd().length + 1;
  const region = {
    startLine: line,
    startColumn: column,
    ...(end !== undefined && end > column && { endLine: line, endColumn: end }),
    ...(text !== undefined && text.length <= LONGEST_SNIPPET && { snippet: { text } }),
  };
  return { artifactLocation: artifactOf(file), region };
}

/** Relative paths are relative to the root of the sources, whatever folder that is on the machine. */
function artifactOf(file: string): object {
  const path = file.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  if (/^[A-Za-z]:\//.test(path)) return { uri: `file:///${encoded.replace('%3A', ':')}` };
  return path.startsWith('/') ? { uri: `file://${encoded}` } : { uri: encoded, uriBaseId: '%SRCROOT%' };
}

function pascalCase(id: string): string {
  return id.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
