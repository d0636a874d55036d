import type { Finding } from '../finding/finding.ts';
import { printText } from '../finding/print.ts';
import type { OrderCheck } from '../order/check-order.ts';
import { orderDocument } from '../order/document.ts';
import type { Conclusion } from './conclusion.ts';
import { neutralMarkdown } from './neutral.ts';

/**
 * What an order check came to.
 * @param sources texts of the files that findings point into, by name
 */
export function concludeOrder(check: OrderCheck, sources: ReadonlyMap<string, string>): Conclusion {
  const { ok, findings, deployments, unresolved } = check;
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const sentence = sentenceOf(check, errors);
  const unread = unresolved.map(({ file, line, what }) => `${file}:${line}: unresolved: ${what}\n`);
  return {
    exitCode: ok ? 0 : 1,
    succeeded: ok,
    sentence,
    text: `${printText(findings, sources)}${unread.join('')}${sentence}`,
    document: orderDocument(check),
    outputs: {
      outcome: ok ? 'ok' : 'findings',
      findings: String(errors),
      unresolved: String(unresolved.length),
    },
    markdown: `## Order of the pipeline\n\n${neutralMarkdown(sentence)}\n\n${findingRows(findings)}${unresolvedRows(check)}${deploymentRows(deployments)}`,
    findings: [...findings, ...unresolved.map(asFinding)],
  };
}

function sentenceOf({ ok, findings, deployments, unresolved }: OrderCheck, errors: number): string {
  if (ok) {
    const warnings = findings.length === 0 ? '' : `, ${count(findings.length, 'warning')}`;
    return `The order holds for ${count(deployments.length, 'deployment')}${warnings}.`;
  }
  const parts = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(unresolved.length > 0 ? [`${count(unresolved.length, 'place')} that could not be judged`] : []),
  ];
  return `The order is not proven: ${parts.join(' and ')}.`;
}

/** What could not be judged fails the check too, so it is shown at its place as well. */
function asFinding({ file, line, column, what }: OrderCheck['unresolved'][number]): Finding {
  return { rule: 'unresolved', severity: 'error', file, line, column, message: what, services: [] };
}

function findingRows(findings: readonly Finding[]): string {
  return table(
    ['Where', 'Rule', 'What'],
    findings.map(({ file, line, rule, message }) => [`${file}:${line}`, rule, message]),
  );
}

function unresolvedRows({ unresolved }: OrderCheck): string {
  return table(
    ['Where', 'Could not be judged'],
    unresolved.map(({ file, line, what }) => [`${file}:${line}`, what]),
  );
}

function deploymentRows(deployments: OrderCheck['deployments']): string {
  return table(
    ['Service', 'Deployed by', 'Where', 'Seen in'],
    deployments.map(({ service, stage, job, file, line, inferredFrom }) => [
      service,
      job === undefined ? stage.name : `${stage.name} / ${job.name}`,
      `${file}:${line}`,
      inferredFrom,
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const lines = [head, head.map(() => '---'), ...rows.map((row) => row.map(neutralMarkdown))];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n\n`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
