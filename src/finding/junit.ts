import { xmlAttribute, xmlText } from './xml.ts';

/** One statement that a check makes, and what became of it. */
export interface TestCase {
  readonly name: string;
  readonly outcome:
    | { readonly state: 'passed' }
    | { readonly state: 'failed'; readonly message: string; readonly details: string }
    /** Not judged, or accepted: neither is a pass. */
    | { readonly state: 'skipped'; readonly message: string };
  /** What else to say, for the test's output. */
  readonly output?: string;
}

export interface TestSuite {
  readonly name: string;
  readonly cases: readonly TestCase[];
}

/**
 * Suites in the JUnit form that PublishTestResults@2 and most other readers take. No times: the same findings print the
 * same file.
 */
export function printJunit(name: string, suites: readonly TestSuite[]): string {
  const cases = suites.flatMap((suite) => suite.cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${xmlAttribute(name)}" ${countsOf(cases)}>`,
    ...suites.flatMap((suite) => [
      `  <testsuite name="${xmlAttribute(suite.name)}" ${countsOf(suite.cases)}>`,
      ...suite.cases.flatMap((one) => caseLines(`${name}.${suite.name}`, one)),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
}

function countsOf(cases: readonly TestCase[]): string {
  const of = (state: string): number => cases.filter(({ outcome }) => outcome.state === state).length;
  return `tests="${cases.length}" failures="${of('failed')}" errors="0" skipped="${of('skipped')}" time="0"`;
}

function caseLines(classname: string, { name, outcome, output }: TestCase): string[] {
  const head = `    <testcase classname="${xmlAttribute(classname)}" name="${xmlAttribute(name)}" time="0"`;
  const inside: string[] = [];
  if (outcome.state === 'failed')
    inside.push(`      <failure message="${xmlAttribute(outcome.message)}">${xmlText(outcome.details)}</failure>`);
  if (outcome.state === 'skipped') inside.push(`      <skipped message="${xmlAttribute(outcome.message)}"/>`);
  if (output !== undefined) inside.push(`      <system-out>${xmlText(output)}</system-out>`);
  return inside.length === 0 ? [`${head}/>`] : [`${head}>`, ...inside, '    </testcase>'];
}
