import type { Finding } from '../finding/finding.ts';
import { readText } from '../host/text-file.ts';
import { checkOrder } from '../order/check-order.ts';
import { validateSettings } from '../order/validate.settings.ts';
import type { Conclusion } from '../report/conclusion.ts';
import { concludeOrder } from '../report/order-conclusion.ts';
import { RolloutError } from '../rollout/errors.ts';
import { command } from './command.ts';

export default command({
  name: 'validate',
  usage: '[PIPELINE]',
  description: `Proves that a pipeline's stages and jobs respect the dependencies that a service graph declares, without running it.
Reports every missing or reversed edge with file, line and an execution in which it goes wrong. What cannot be judged
(templates, expressions, conditions) is named and fails the check: unknown is not a pass.`,
  examples: [
    ['safe-rollout validate', 'checks azure-pipelines.yml against service-graph.yml'],
    ['safe-rollout validate pipelines/release.yml --graph-file deploy/service-graph.yml', 'checks other files'],
    ['safe-rollout validate --format json | jq .findings', 'for other tools'],
  ],
  declaration: validateSettings,
  positional: 'pipelineFile',
  emptyDocument: { findings: [], deployments: [], unresolved: [] },
  run: async ({ pipelineFile, graphFile }) => {
    const pipeline = await readOr(pipelineFile, 'pipeline-file');
    const graph = await readOr(graphFile, 'graph-file');
    const missing = [pipeline, graph].flatMap((one) => ('finding' in one ? [one.finding] : []));
    if (!('text' in pipeline) || !('text' in graph)) return unreadable(missing);
    const check = checkOrder({ pipelineText: pipeline.text, pipelineFile, graphText: graph.text, graphFile });
    return concludeOrder(
      check,
      new Map([
        [pipelineFile, pipeline.text],
        [graphFile, graph.text],
      ]),
    );
  },
});

/** The document is promised in every case: a file that cannot be read is a finding in it. */
async function readOr(file: string, rule: string): Promise<{ readonly text: string } | { readonly finding: Finding }> {
  try {
    return { text: await readText(file) };
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    const message = error.message.replace(`${file}: `, '');
    return { finding: { rule, severity: 'error', file, line: 1, column: 1, message, services: [] } };
  }
}

function unreadable(findings: readonly Finding[]): Conclusion {
  const check = { ok: false, findings, deployments: [], unresolved: [] };
  return { ...concludeOrder(check, new Map()), exitCode: 2 };
}
