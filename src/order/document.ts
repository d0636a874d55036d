import { toJson, type FindingJson } from '../finding/print.ts';
import type { OrderCheck } from './check-order.ts';

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
}

/** The answer as the one document that `--format json` prints. */
export function orderDocument({ ok, findings, deployments, unresolved }: OrderCheck): OrderDocument {
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
  };
}
