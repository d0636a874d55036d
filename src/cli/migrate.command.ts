import { counted } from '../report/counted.ts';
import { dirname, posix, relative, resolve, sep } from 'node:path';
import { readDraft } from '../catalogue/read-catalogue.ts';
import { hasApp } from '../catalogue/model.ts';
import { templateFolders } from '../host/template-folders.ts';
import { writeText } from '../host/text-file.ts';
import { choiceSettings } from '../order/choices.settings.ts';
import { textDiff } from '../order/fix/text-diff.ts';
import { migrate, type Change } from '../order/migrate/migrate.ts';
import { USUAL_FILES, validateSettings } from '../order/validate.settings.ts';
import { reviewOrder, type OrderReview } from '../order/review/review.ts';
import { concludeOrder } from '../report/order-conclusion.ts';
import type { Reviewer } from '../report/validation.ts';
import { RolloutError } from '../rollout/errors.ts';
import { boolean } from '../settings/kinds.ts';
import { declare, withDefault } from '../settings/setting.ts';
import { command } from './command.ts';
import { judgeText, readOrderFiles } from './order-files.ts';

const migrateSettings = declare({
  pipelineFile: validateSettings.settings.pipelineFile,
  graphFile: validateSettings.settings.graphFile,
  write: withDefault(
    boolean({
      label: 'Write',
      help: 'Writes the changed pipeline. Without it the difference is shown, and nothing is written.',
    }),
    'false',
  ),
  ...choiceSettings,
});

export default command({
  name: 'migrate',
  usage: '[PIPELINE]',
  description: `Shows, and with --write makes, the change of a pipeline to Safe Rollout, keeping every other byte: swap steps of
AzureAppServiceManage@0 become SafeRolloutSwap@1 with a health path, swaps after a failure become SafeRolloutRollback@1,
SafeRolloutValidate@1 goes into the first job, and stages that others need get isSkippable: false. What cannot be changed
safely is listed: swaps in scripts, and what stands in a template or under a directive.`,
  examples: [
    ['safe-rollout migrate', 'shows the difference'],
    ['safe-rollout migrate --write', 'makes it'],
  ],
  declaration: migrateSettings,
  positional: 'pipelineFile',
  emptyDocument: { changes: [], left: [], diff: '' },
  run: async ({ pipelineFile, graphFile, write, repo, parameter = {}, variable = {} }, session) => {
    const files = await readOrderFiles(pipelineFile, graphFile);
    if ('missing' in files) {
      const problems = files.missing.map(({ file, message }) => `${file}: ${message}`);
      throw new RolloutError({ code: 'bad-input', problems });
    }
    const { pipelineText: text, graphText } = files;
    const templates = templateFolders(pipelineFile, repo);
    const choices = { templates, parameters: parameter, variables: variable };
    const review: Reviewer = (check, sources) => reviewOrder({ check, sources });
    const judge = (pipelineText: string): OrderReview =>
      judgeText(pipelineText, { pipelineFile, graphFile, graphText, choices, review });
    const apps = readDraft(graphText, graphFile).services.flatMap((service) => (hasApp(service) ? [service] : []));
    const healthOf = (app: string): string | undefined =>
      apps.find((service) => service.app.toLowerCase() === app.toLowerCase())?.probe.path;
    const inputs = inputsOf(templates.pipelinePath, pipelineFile, graphFile);
    const { text: changed, changes, left, review: result } = migrate(text, judge, { healthOf, inputs });
    const order = concludeOrder(result);
    for (const one of changes) session.say(`${placeText(one)}: ${write ? 'changed' : 'would change'}: ${one.what}`);
    for (const one of left) session.say(`${placeText(one)}: left to you: ${one.what}`);
    if (write && changed !== text) await writeText(pipelineFile, changed);
    const diff = textDiff(text, changed, pipelineFile);
    const sentence = `${counted(changes.length, 'change')}${write ? ` written to ${pipelineFile}` : ''}, ${left.length} left to you. ${order.sentence}`;
    return {
      exitCode: order.exitCode,
      succeeded: order.succeeded,
      sentence,
      text: `${write || diff === '' ? '' : `${diff.trimEnd()}\n`}${order.succeeded ? '' : order.text.replace(order.sentence, '')}${sentence}`,
      document: { ok: order.succeeded, written: write && changed !== text, changes, left, diff },
      outputs: {},
      markdown: '',
      findings: [],
    };
  },
});

/** Inputs by which the task finds the two files, from the root of the repository; nothing where its defaults do. */
function inputsOf(pipelinePath: string, pipelineFile: string, graphFile: string): Readonly<Record<string, string>> {
  const between = relative(dirname(resolve(pipelineFile)), resolve(graphFile))
    .split(sep)
    .join('/');
  const pipeline = pipelinePath.slice(1);
  const graph = posix.join(posix.dirname(pipeline), between);
  return {
    ...(pipeline !== USUAL_FILES.pipelineFile && { pipelineFile: pipeline }),
    ...(graph !== USUAL_FILES.graphFile && { graphFile: graph }),
  };
}

function placeText({ file, line }: Change): string {
  return `${file}:${line}`;
}
