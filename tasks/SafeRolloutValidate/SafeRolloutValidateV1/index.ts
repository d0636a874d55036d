import { relative, sep } from 'node:path';
import { runTask } from '../../../src/agent/run-task.ts';
import { readText } from '../../../src/host/text-file.ts';
import { checkOrder } from '../../../src/order/check-order.ts';
import { validateSettings } from '../../../src/order/validate.settings.ts';
import { concludeOrder } from '../../../src/report/order-conclusion.ts';

void runTask(validateSettings, async (settings) => {
  // The agent makes paths absolute; people, and the page of the run, know the files by where they lie in the repository.
  const [pipelineFile, graphFile] = [settings.pipelineFile, settings.graphFile].map((file) =>
    relative('.', file).split(sep).join('/'),
  );
  const [pipelineText, graphText] = [await readText(settings.pipelineFile), await readText(settings.graphFile)];
  const check = checkOrder({ pipelineText, pipelineFile: pipelineFile!, graphText, graphFile: graphFile! });
  return concludeOrder(check, new Map());
});
