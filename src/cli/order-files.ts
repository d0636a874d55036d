import type { Finding } from '../finding/finding.ts';
import { readText } from '../host/text-file.ts';
import { checkOrder, type OrderInput } from '../order/check-order.ts';
import type { OrderReview } from '../order/review/review.ts';
import type { Reviewer } from '../report/validation.ts';
import { RolloutError } from '../rollout/errors.ts';

/** The texts of a pipeline and its service graph. */
export interface OrderFiles {
  readonly pipelineText: string;
  readonly graphText: string;
}

/** Reads both files, or says what is wrong with each that cannot be read. */
export async function readOrderFiles(
  pipelineFile: string,
  graphFile: string,
): Promise<OrderFiles | { readonly missing: readonly Finding[] }> {
  const pipeline = await readOr(pipelineFile, 'pipeline-file');
  const graph = await readOr(graphFile, 'graph-file', 'To draft one from the pipeline: safe-rollout init');
  if ('text' in pipeline && 'text' in graph) return { pipelineText: pipeline.text, graphText: graph.text };
  return { missing: [pipeline, graph].flatMap((one) => ('finding' in one ? [one.finding] : [])) };
}

/** Reviews the order of a pipeline's text, with the texts of all files for what is shown of them. */
export function judgeText(
  pipelineText: string,
  { review, ...input }: Omit<OrderInput, 'pipelineText'> & { readonly review: Reviewer },
): OrderReview {
  const check = checkOrder({ ...input, pipelineText });
  const { pipelineFile, graphFile, graphText } = input;
  return review(check, new Map([...check.sources, [pipelineFile, pipelineText], [graphFile, graphText]]));
}

/** The document is promised in every case: a file that cannot be read is a finding in it. */
async function readOr(
  file: string,
  rule: string,
  cure?: string,
): Promise<{ readonly text: string } | { readonly finding: Finding }> {
  try {
    return { text: await readText(file, cure) };
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    const message = error.message.replace(`${file}: `, '');
    return { finding: { rule, severity: 'error', file, line: 1, column: 1, message, services: [] } };
  }
}
