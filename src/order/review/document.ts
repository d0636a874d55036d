import { toJson, type FindingJson } from '../../finding/print.ts';
import type { OrderCheck } from '../check-order.ts';
import type { OrderReview, Reviewed } from './review.ts';

/** The document of `validate --format json`. */
export interface OrderDocument {
  readonly ok: boolean;
  readonly findings: readonly FindingJson[];
  readonly deployments: readonly {
    readonly service: string;
    readonly environment: string;
    readonly stage: string;
    /** Null when `deployedBy` names a stage of several jobs and none of them. */
    readonly job: string | null;
    readonly file: string;
    readonly line: number;
    readonly inferredFrom: string;
  }[];
  readonly unresolved: readonly { readonly file: string; readonly line: number; readonly what: string }[];
  /** What other pipelines must have deployed when this one runs; `range` is null for any version. */
  readonly preconditions: readonly {
    readonly service: string;
    readonly needs: string;
    readonly range: string | null;
    readonly environment: string;
  }[];
}

/** The document with what a team has accepted. */
export interface ReviewDocument extends OrderDocument {
  /** Only when something is suppressed. */
  readonly suppressed?: readonly (FindingJson & {
    readonly fingerprint: string;
    readonly reason: string;
    readonly by: { readonly how: 'comment' | 'graph'; readonly file: string; readonly line: number };
  })[];
  /** Only with a baseline: fingerprints of findings and unresolved places by how they stand to it. */
  readonly baseline?: {
    readonly new: readonly string[];
    readonly known: readonly string[];
    readonly gone: readonly string[];
  };
}

/** The answer as the one document that `--format json` prints. */
export function orderDocument({ ok, findings, deployments, unresolved, preconditions }: OrderCheck): OrderDocument {
  return {
    ok,
    findings: toJson(findings),
    deployments: deployments.map(({ service, environment, stage, job, file, line, inferredFrom }) => ({
      service,
      environment,
      stage: stage.name,
      job: job?.name ?? null,
      file,
      line,
      inferredFrom,
    })),
    unresolved: unresolved.map(({ file, line, what }) => ({ file, line, what })),
    preconditions: preconditions.map(({ service, needs, range, environment }) => ({
      service,
      needs,
      range: range ?? null,
      environment,
    })),
  };
}

/** The document of a review: `ok` says whether it passed, `findings` and `unresolved` hold nothing suppressed. */
export function reviewDocument(review: OrderReview): ReviewDocument {
  const { check, passed, findings, unresolved, suppressed, baseline } = review;
  const of = (state: string): string[] =>
    [...findings, ...unresolved]
      .filter(({ standing }) => standing.state === state)
      .map(({ fingerprint }) => fingerprint);
  return {
    ...orderDocument(check),
    ok: passed,
    findings: toJson(findings.map(({ finding }) => finding)),
    unresolved: unresolved.map(({ finding: { file, line, message } }) => ({ file, line, what: message })),
    ...(suppressed.length > 0 && { suppressed: suppressed.flatMap(suppressedJson) }),
    ...(baseline !== undefined && {
      baseline: { new: of('new'), known: of('known'), gone: baseline.gone.map(({ fingerprint }) => fingerprint) },
    }),
  };
}

function suppressedJson({ finding, fingerprint, standing }: Reviewed): NonNullable<ReviewDocument['suppressed']> {
  if (standing.state !== 'suppressed') return [];
  const { how, file, line, reason } = standing.by;
  return toJson([finding]).map((json) => ({ ...json, fingerprint, reason, by: { how, file, line } }));
}
