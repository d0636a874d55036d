import type { OrderReview, Reviewed } from './review.ts';

/** One edge of the service graph, and what became of it in this pipeline. */
export interface EdgeVerdict {
  readonly after: string;
  readonly before: string;
  /** `broken`: an error stands against it. `accepted`: all errors against it are known or suppressed. */
  readonly verdict: 'holds' | 'broken' | 'accepted' | 'unknown' | 'unjudged';
  /** What was found about it, in the order of the review. */
  readonly findings: readonly Reviewed[];
}

/**
 * What a check says of every edge of the service graph, in the order of the graph file; edges that go through packages,
 * which nobody deploys, follow the edge into the package.
 */
export function edgeVerdicts(review: OrderReview): EdgeVerdict[] {
  const { services, judgements, otherwise } = review.check.seen;
  const deployed = new Set(review.check.deployments.map(({ service }) => service));
  const about = groupByEdge([...review.findings, ...review.suppressed]);
  const judged = new Map<string, Set<string>>();
  const through: [string, string][] = [];
  for (const { requirement, verdict } of [...judgements, ...otherwise]) {
    const key = keyOf(requirement.after, requirement.before);
    if (requirement.through.length > 0 && !judged.has(key)) through.push([requirement.after, requirement.before]);
    judged.set(key, (judged.get(key) ?? new Set()).add(verdict));
  }
  const direct = services.flatMap(({ name, dependsOn }) =>
    dependsOn.map(({ service }): [string, string] => [name, service]),
  );
  const pairs = new Map([...direct, ...through].map((pair) => [keyOf(...pair), pair]));
  const place = new Map(services.map(({ name }, at) => [name, at]));
  return [...pairs.values()]
    .sort(([a], [b]) => place.get(a)! - place.get(b)!)
    .map(([after, before]) => {
      const findings = about.get(keyOf(after, before)) ?? [];
      const both = deployed.has(after) && deployed.has(before);
      return { after, before, findings, verdict: verdictOf(findings, judged.get(keyOf(after, before)), both) };
    });
}

function verdictOf(
  findings: readonly Reviewed[],
  judged: ReadonlySet<string> | undefined,
  bothDeployed: boolean,
): EdgeVerdict['verdict'] {
  const errors = findings.filter(({ finding }) => finding.severity === 'error');
  if (errors.some(({ standing }) => standing.state === 'new')) return 'broken';
  if (errors.length > 0) return 'accepted';
  if (judged === undefined) return bothDeployed ? 'unknown' : 'unjudged';
  return [...judged].every((verdict) => verdict === 'holds') ? 'holds' : 'unknown';
}

/** Rules of order name the dependent first and what it needs second. */
function groupByEdge(reviewed: readonly Reviewed[]): ReadonlyMap<string, Reviewed[]> {
  const groups = new Map<string, Reviewed[]>();
  for (const one of reviewed) {
    const [after, before] = one.finding.services;
    if (after === undefined || before === undefined) continue;
    const key = keyOf(after, before);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return groups;
}

function keyOf(after: string, before: string): string {
  return JSON.stringify([after, before]);
}
