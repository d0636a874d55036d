import { readDraft } from '../catalogue/read-catalogue.ts';
import { hasApp } from '../catalogue/model.ts';
import { templateFolders } from '../host/template-folders.ts';
import { readText, writeText } from '../host/text-file.ts';
import { checkOrder } from '../order/check-order.ts';
import { choiceSettings } from '../order/choices.settings.ts';
import { textDiff } from '../order/fix/text-diff.ts';
import { migrate, type Change } from '../order/migrate/migrate.ts';
import { reviewOrder, type OrderReview } from '../order/review/review.ts';
import { concludeOrder } from '../report/order-conclusion.ts';
import { boolean, path } from '../settings/kinds.ts';
import { declare, withDefault } from '../settings/setting.ts';
import { command } from './command.ts';

const migrateSettings = declare({
  pipelineFile: withDefault(
    path({ label: 'Pipeline file', help: 'The Azure Pipelines file that is changed.' }),
    'azure-pipelines.yml',
  ),
  graphFile: withDefault(
    path({ label: 'Service graph', help: 'The file that declares the services; `init` drafts it.' }),
    'service-graph.yml',
  ),
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
    const [text, graphText] = [await readText(pipelineFile), await readText(graphFile)];
    const choices = { templates: templateFolders(pipelineFile, repo), parameters: parameter, variables: variable };
    const judge = (pipelineText: string): OrderReview => {
      const check = checkOrder({ pipelineText, pipelineFile, graphText, graphFile, choices });
      const own = new Map([
        [pipelineFile, pipelineText],
        [graphFile, graphText],
      ]);
      return reviewOrder({ check, sources: new Map([...check.sources, ...own]) });
    };
    const apps = readDraft(graphText, graphFile).services.flatMap((service) => (hasApp(service) ? [service] : []));
    const healthOf = (app: string): string | undefined =>
      apps.find((service) => service.app.toLowerCase() === app.toLowerCase())?.probe.path;
    const { text: changed, changes, left, review } = migrate(text, judge, healthOf);
    const order = concludeOrder(review);
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

function placeText({ file, line }: Change): string {
  return `${file}:${line}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
