import { counted } from './counted.ts';
import { printText } from '../finding/print.ts';
import type { Finding } from '../finding/finding.ts';
import { PRODUCTION } from '../catalogue/model.ts';
import type { OrderCheck } from '../order/check-order.ts';
import { reviewDocument } from '../order/review/document.ts';
import type { OrderReview, Reviewed } from '../order/review/review.ts';
import { isBesideOrder } from '../order/rulebook/rule-texts.ts';
import type { Conclusion } from './conclusion.ts';
import { neutralMarkdown } from './neutral.ts';

/** What an order check came to, seen through what the team has accepted. */
export function concludeOrder(review: OrderReview): Conclusion {
  const { check, passed, findings, unresolved } = review;
  const sentence = sentenceOf(review);
  const errors = findings.filter(({ finding }) => finding.severity === 'error').length;
  return {
    exitCode: passed ? 0 : 1,
    succeeded: passed,
    sentence,
    text: `${findingText(review)}${preconditionText(check)}${acceptedText(review)}${sentence}`,
    document: reviewDocument(review),
    outputs: {
      outcome: passed ? 'ok' : 'findings',
      findings: String(errors),
      unresolved: String(unresolved.length),
      suppressed: String(review.suppressed.length),
    },
    markdown: `## Order of the pipeline\n\n${neutralMarkdown(sentence)}\n\n${findingRows(review)}${unresolvedRows(review)}${suppressedRows(review)}${deploymentRows(check.deployments)}${preconditionRows(check.preconditions)}`,
    findings: annotations(review),
  };
}

/** Whether findings that the baseline knows are shown one by one: a team with two hundred of them asks for the new. */
export function isShown({ policy }: OrderReview): (one: Reviewed) => boolean {
  return ({ standing }) => standing.state === 'new' || policy.failOn === 'error';
}

function findingText(review: OrderReview): string {
  const shown = [...review.findings, ...review.unresolved].filter(isShown(review));
  return printText(
    shown.map(({ finding }) => finding),
    review.sources,
  );
}

function inEnvironment(environment: string): string {
  return environment === PRODUCTION ? '' : ` in ${environment}`;
}

/** What the order rests on beside this pipeline: others have to have deployed it. */
function preconditionText({ preconditions }: OrderCheck): string {
  return preconditions.map((one) => `precondition: ${describePrecondition(one)}\n`).join('');
}

function preconditionRows(preconditions: OrderCheck['preconditions']): string {
  return table(
    ['Deployed by other pipelines, and needed'],
    preconditions.map((one) => [describePrecondition(one)]),
  );
}

function describePrecondition({ service, needs, range, environment }: OrderCheck['preconditions'][number]): string {
  return `${service} needs ${needs}${range === undefined ? '' : `@${range}`}${inEnvironment(environment)}`;
}

function acceptedText(review: OrderReview): string {
  const lines = review.suppressed.map(({ finding: { file, line, rule }, standing }) =>
    standing.state === 'suppressed'
      ? `${file}:${line}: suppressed ${rule}: ${standing.by.reason} (${standing.by.file}:${standing.by.line})\n`
      : '',
  );
  const gone = review.baseline?.gone.length ?? 0;
  if (gone > 0)
    lines.push(`${counted(gone, 'finding')} of the baseline ${gone === 1 ? 'is' : 'are'} gone: write it anew.\n`);
  return lines.join('');
}

function sentenceOf(review: OrderReview): string {
  const { passed, check, findings, unresolved, suppressed } = review;
  const known = [...findings, ...unresolved].filter(({ standing }) => standing.state === 'known').length;
  const open = [...findings, ...unresolved].filter(({ standing }) => standing.state === 'new');
  const of = (rest: readonly Reviewed[], severity: string): number =>
    rest.filter(({ finding }) => finding.rule !== 'unresolved' && finding.severity === severity).length;
  const unjudged = open.filter(({ finding }) => finding.rule === 'unresolved').length;
  const parts = [
    ...part(of(open, 'error'), 'error'),
    ...part(unjudged, 'place', ' that could not be judged'),
    ...(passed ? part(of(open, 'warning'), 'warning') : []),
  ];
  const accepted = [...part(known, 'finding', ' of the baseline'), ...part(suppressed.length, 'suppressed finding')];
  const beside = accepted.length === 0 ? '' : `; accepted: ${accepted.join(', ')}`;
  // What is accepted is no proof.
  const against = [...findings, ...unresolved, ...suppressed].filter(({ finding }) => finding.severity === 'error');
  const failing = open.filter(({ finding }) => finding.severity === 'error');
  if (!passed && check.seen.whole && against.every(({ finding }) => isBesideOrder(finding.rule)))
    return `The order holds${forWhichRuns(check.seen)}; ${counted(failing.length, 'other error')}${beside}.`;
  if (!passed)
    return `The order is not proven: ${joined(parts.length > 0 ? parts : accepted)}${parts.length > 0 ? beside : ''}.`;
  const holds = of(open, 'error') + unjudged + known + suppressed.length === 0;
  const { whole } = check.seen;
  const unread = whole ? '' : ' No order was judged: what could not be read may add to it.';
  if (!holds) return `The check passes${parts.length > 0 ? `, with ${joined(parts)}` : ''}${beside}.${unread}`;
  const deployments = counted(check.deployments.length, 'deployment');
  return `The order holds for ${deployments}${parts.map((one) => `, ${one}`).join('')}${forWhichRuns(check.seen)}.`;
}

/** Naming every parameter of a long list would hide what is said. */
const MOST_NAMES = 5;

/** What somebody may choose who queues a run, and how far the answer reaches. */
function forWhichRuns({ given, leftOut, cases, standing, defaulted }: OrderCheck['seen']): string {
  const without = leftOut.length === 0 ? '' : ` (which do not deploy ${joined(some(leftOut))})`;
  const runs = given.length === 0 ? '' : `, for runs with ${joined(some(given))}${without}`;
  const all = cases.count < 2 ? '' : `, in all ${cases.count} cases of ${joined(some(cases.of))}`;
  const named = standing.length === 0 ? '' : `, with names by the default of ${joined(some(standing))}`;
  return `${runs}${all}${named}${whileDefault(defaulted)}`;
}

function some(names: readonly string[]): readonly string[] {
  return names.length > MOST_NAMES ? [...names.slice(0, MOST_NAMES), `${names.length - MOST_NAMES} more`] : names;
}

/** Who queues a run can give other lists and objects, which only another check can judge. */
function whileDefault(names: readonly string[]): string {
  if (names.length === 0) return '';
  const shown = some(names);
  const [noun, verb, its] = names.length === 1 ? ['parameter', 'has', 'its'] : ['parameters', 'have', 'their'];
  return `, as long as ${noun} ${joined(shown)} ${verb} ${its} default (--parameter asks for another)`;
}

/** The places of a run's page. Errors that do not fail the check are warnings there. */
function annotations(review: OrderReview): Finding[] {
  const lenient = review.policy.failOn === 'never';
  return [...review.findings, ...review.unresolved]
    .filter(isShown(review))
    .map(({ finding }) => (lenient ? { ...finding, severity: 'warning' as const } : finding));
}

function findingRows({ findings }: OrderReview): string {
  return table(
    ['Where', 'Rule', 'What', ''],
    findings.map(({ finding: { file, line, rule, message }, standing }) => [
      `${file}:${line}`,
      rule,
      message,
      standing.state === 'known' ? 'in the baseline' : '',
    ]),
  );
}

function unresolvedRows({ unresolved }: OrderReview): string {
  return table(
    ['Where', 'Could not be judged', ''],
    unresolved.map(({ finding: { file, line, message }, standing }) => [
      `${file}:${line}`,
      message,
      standing.state === 'known' ? 'in the baseline' : '',
    ]),
  );
}

function suppressedRows({ suppressed }: OrderReview): string {
  return table(
    ['Where', 'Suppressed', 'Reason'],
    suppressed.map(({ finding: { file, line, rule, message }, standing }) => [
      `${file}:${line}`,
      `${rule}: ${message}`,
      standing.state === 'suppressed' ? standing.by.reason : '',
    ]),
  );
}

function deploymentRows(deployments: OrderCheck['deployments']): string {
  return table(
    ['Service', 'Deployed by', 'Where', 'Seen in'],
    deployments.map(({ service, environment, stage, job, file, line, inferredFrom }) => [
      `${service}${inEnvironment(environment)}`,
      job === undefined ? stage.name : `${stage.name} / ${job.name}`,
      `${file}:${line}`,
      inferredFrom,
    ]),
  );
}

/** Columns that would be empty in every row are left out. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const kept = head.map((_, at) => at).filter((at) => rows.some((row) => row[at] !== ''));
  const lines = [head, head.map(() => '---'), ...rows.map((row) => row.map(neutralMarkdown))];
  return `${lines.map((cells) => `| ${kept.map((at) => cells[at]).join(' | ')} |`).join('\n')}\n\n`;
}

function part(number: number, noun: string, rest = ''): string[] {
  return number === 0 ? [] : [`${counted(number, noun)}${rest}`];
}

function joined(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)!}`;
}
