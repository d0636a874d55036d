import { relative, sep } from 'node:path';
import { discussFindings } from '../../../src/agent/discuss-findings.ts';
import { runTask } from '../../../src/agent/run-task.ts';
import { templateFolders } from '../../../src/host/template-folders.ts';
import { readText, writeText } from '../../../src/host/text-file.ts';
import { checkOrder } from '../../../src/order/check-order.ts';
import { validateTaskSettings } from '../../../src/order/validate.settings.ts';
import { concludeValidation, openReview } from '../../../src/report/validation.ts';

void runTask(validateTaskSettings, async (settings, agent) => {
  // The agent makes paths absolute; people, and the page of the run, know the files by where they lie in the repository.
  const nameOf = (file: string): string => relative('.', file).split(sep).join('/');
  const [pipelineFile, graphFile] = [nameOf(settings.pipelineFile), nameOf(settings.graphFile)];
  const [pipelineText, graphText] = [await readText(settings.pipelineFile), await readText(settings.graphFile)];
  const files = { read: readText, write: writeText };
  const review = await openReview(settings, files);
  const templates = templateFolders(settings.pipelineFile, settings.repo);
  const choices = { templates, parameters: settings.parameter ?? {}, variables: settings.variable ?? {} };
  const check = checkOrder({ pipelineText, pipelineFile, graphText, graphFile, choices });
  const sources = new Map([...check.sources, [pipelineFile, pipelineText], [graphFile, graphText]]);
  const reviewed = review(check, sources);
  const conclusion = await concludeValidation(reviewed, settings, files);
  if (settings.comment) await discussFindings(reviewed, { pipelineFile, graphFile }, conclusion.sentence, agent);
  return conclusion;
});
