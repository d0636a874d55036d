import type { Explanation } from '../order/review/explain.ts';
import type { OrderReview } from '../order/review/review.ts';

/** An explanation as a list of steps, each with the place that it speaks of. */
export function explanationText({ steps }: Explanation): string {
  return steps
    .map(({ what, at }, number) => `${number + 1}. ${what}${at === undefined ? '' : ` (${at.file}:${at.line})`}\n`)
    .join('');
}

/** The document of `validate --explain --format json`. */
export function explanationDocument({ after, before, verdict, steps }: Explanation) {
  return {
    ok: verdict === 'holds' || verdict === 'unjudged',
    after,
    before,
    verdict,
    steps: steps.map(({ what, at }) => ({ what, file: at?.file ?? null, line: at?.line ?? null })),
  };
}

/** The review with nothing but two services and the stages between them: what a picture of an explanation shows. */
export function aboutOneEdge(review: OrderReview, { after, before, stages }: Explanation): OrderReview {
  const { check } = review;
  const { seen } = check;
  const isAbout = (services: readonly string[]): boolean => services.includes(after) && services.includes(before);
  const only = <T extends { readonly requirement: { readonly after: string; readonly before: string } }>(
    all: readonly T[],
  ) => all.filter(({ requirement }) => isAbout([requirement.after, requirement.before]));
  const services = seen.services
    .filter(({ name }) => name === after || name === before)
    .map((one) => ({ ...one, dependsOn: one.dependsOn.filter(({ service }) => isAbout([one.name, service])) }));
  return {
    ...review,
    findings: review.findings.filter(({ finding }) => isAbout(finding.services)),
    suppressed: review.suppressed.filter(({ finding }) => isAbout(finding.services)),
    check: {
      ...check,
      deployments: check.deployments.filter(({ service }) => service === after || service === before),
      seen: {
        ...seen,
        pipeline: seen.pipeline && { ...seen.pipeline, stages },
        services,
        judgements: only(seen.judgements),
        otherwise: only(seen.otherwise),
      },
    },
  };
}
