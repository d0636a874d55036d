import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOrder, type OrderCheck } from '../../../../order/check-order.ts';
import type { Step } from '../../scenario.ts';

const GOOD = 'azure-pipelines.yml';
const WRONG = 'azure-pipelines.wrong-order.yml';

export const orderCheck: Step = {
  id: 'a',
  title: 'the good pipeline passes the order check, the one with the mistake fails',
  run: async (_world, { example, say }) => {
    const graphFile = 'service-graph.yml';
    const graphText = await readFile(join(example, graphFile), 'utf8');
    const check = async (pipelineFile: string): Promise<OrderCheck> => {
      const pipelineText = await readFile(join(example, pipelineFile), 'utf8');
      return checkOrder({ pipelineText, pipelineFile, graphText, graphFile });
    };
    const good = await check(GOOD);
    const wrong = await check(WRONG);
    for (const { file, line, rule, message } of wrong.findings) say(`${file}:${line} ${rule}: ${message}`);
    return {
      expected: `${GOOD}: ok; ${WRONG}: missing-order store notifications at the stage DeployStore, missing-order store payments at the stage DeployStore`,
      found: `${GOOD}: ${good.ok ? 'ok' : 'not ok'}; ${WRONG}: ${await describe(wrong, join(example, WRONG))}`,
    };
  },
};

/** Rule, services, and what stands in the line that is named: a wrong line would show here. */
async function describe({ findings }: OrderCheck, file: string): Promise<string> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  const described = findings.map(({ rule, services, line }) => {
    const stage = /- stage: (\w+)/.exec(lines[line - 1] ?? '')?.[1] ?? '?';
    return `${rule} ${services.join(' ')} at the stage ${stage}`;
  });
  return described.join(', ') || 'no finding';
}
