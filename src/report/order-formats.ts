import { printJunit, type TestCase } from '../finding/junit.ts';
import { printText } from '../finding/print.ts';
import { printSarif } from '../finding/sarif.ts';
import { edgeVerdicts, type EdgeVerdict } from '../order/review/edges.ts';
import { fails, type OrderReview, type Reviewed } from '../order/review/review.ts';
import { rulesInForce } from '../order/rulebook/rule-texts.ts';
import { PRODUCT, ruleUri } from './product.ts';

/** The review as SARIF 2.1.0. */
export function orderSarif(review: OrderReview, exitCode = review.passed ? 0 : 1): string {
  const { findings, unresolved, suppressed, baseline, sources } = review;
  return printSarif({
    tool: PRODUCT,
    rules: rulesInForce().map(([id, { what, why, cure, level }]) => ({
      id,
      what: plain(what),
      why: plain(why),
      cure: plain(cure),
      level,
      uri: ruleUri(id),
    })),
    results: [...findings, ...unresolved, ...suppressed].map(({ finding, fingerprint, standing }) => ({
      finding,
      fingerprint,
      baselineState: baseline && (standing.state === 'known' ? 'unchanged' : 'new'),
      suppression: standing.state === 'suppressed' ? standing.by : undefined,
      open: finding.rule === 'unresolved',
    })),
    absent: baseline?.gone ?? [],
    executed: exitCode !== 2,
    exitCode,
    sources,
  });
}

/** The review as JUnit: every rule and every edge of the service graph is a statement that holds or does not. */
export function orderJunit(review: OrderReview): string {
  const all = [...review.findings, ...review.unresolved, ...review.suppressed];
  const rules = rulesInForce().map(([rule]): TestCase => {
    const own = all.filter(({ finding }) => finding.rule === rule);
    const failing = own.filter((one) => fails(one, review.policy));
    return caseOf(rule, own, failing, review);
  });
  const edges = edgeVerdicts(review).map((edge): TestCase => edgeCase(edge, review));
  return printJunit('safe-rollout.order', [
    { name: 'rules', cases: rules },
    { name: 'edges', cases: edges },
  ]);
}

function edgeCase(edge: EdgeVerdict, review: OrderReview): TestCase {
  const name = `${edge.after} after ${edge.before}`;
  const failing = edge.findings.filter((one) => fails(one, review.policy));
  if (edge.findings.length > 0) return caseOf(name, edge.findings, failing, review);
  switch (edge.verdict) {
    case 'holds':
      return { name, outcome: { state: 'passed' } };
    case 'unknown': {
      const message = 'could not be judged: see the rule unresolved';
      const strict = review.policy.onUnresolved === 'fail' && review.policy.failOn !== 'never';
      const isOpen = strict && review.unresolved.some(({ standing }) => standing.state === 'new');
      return { name, outcome: isOpen ? { state: 'failed', message, details: message } : { state: 'skipped', message } };
    }
    case 'unjudged':
      return { name, outcome: { state: 'skipped', message: 'this pipeline does not deploy both' } };
    case 'broken':
    case 'accepted':
      throw new Error(`the edge ${name} is ${edge.verdict} by no finding`);
  }
}

function caseOf(
  name: string,
  all: readonly Reviewed[],
  failing: readonly Reviewed[],
  { sources }: OrderReview,
): TestCase {
  const text = (some: readonly Reviewed[]): string =>
    printText(
      some.map(({ finding }) => finding),
      sources,
    );
  const [first] = failing;
  if (first !== undefined) {
    const more = failing.length === 1 ? '' : ` (and ${failing.length - 1} more)`;
    const { file, line, message } = first.finding;
    return {
      name,
      outcome: { state: 'failed', message: `${file}:${line}: ${message}${more}`, details: text(failing) },
    };
  }
  const accepted = all.filter(({ standing }) => standing.state !== 'new');
  if (accepted.length > 0)
    return { name, outcome: { state: 'skipped', message: accepted.map(reasonOf).join('; ') }, output: text(all) };
  return { name, outcome: { state: 'passed' }, ...(all.length > 0 && { output: text(all) }) };
}

function reasonOf({ finding: { file, line }, standing }: Reviewed): string {
  const reason = standing.state === 'suppressed' ? `suppressed: ${standing.by.reason}` : 'accepted by the baseline';
  return `${file}:${line} ${reason}`;
}

/** Texts of rules are markdown; SARIF's plain texts are not. */
function plain(text: string): string {
  return text.replaceAll('`', '');
}
