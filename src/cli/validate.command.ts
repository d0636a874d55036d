import type { Finding } from '../finding/finding.ts';
import { templateFolders } from '../host/template-folders.ts';
import { readText, writeText } from '../host/text-file.ts';
import type { OrderCheck } from '../order/check-order.ts';
import { fixOrder, type OrderFix } from '../order/fix/fix.ts';
import { explainEdge } from '../order/review/explain.ts';
import type { OrderReview } from '../order/review/review.ts';
import { textDiff } from '../order/fix/text-diff.ts';
import { validateSettings } from '../order/validate.settings.ts';
import type { Conclusion } from '../report/conclusion.ts';
import { aboutOneEdge, explanationDocument, explanationText } from '../report/order-explanation.ts';
import { orderDot, orderMermaid } from '../report/order-drawing.ts';
import { orderJunit, orderSarif } from '../report/order-formats.ts';
import { orderSvg } from '../report/order-picture.ts';
import { acceptAll, concludeValidation, openReview } from '../report/validation.ts';
import { RolloutError } from '../rollout/errors.ts';
import { boolean, list, path } from '../settings/kinds.ts';
import { declare, optional, withDefault, type Settings } from '../settings/setting.ts';
import { command } from './command.ts';
import { judgeText, readOrderFiles } from './order-files.ts';

/** Beside what the task takes: what changes files of the repository, which is for a person at a terminal. */
const commandSettings = declare(
  {
    ...validateSettings.settings,
    writeBaseline: optional(
      path({
        label: 'Write baseline',
        help: 'Writes all findings of now to this file and accepts them: commit it, and give it to --baseline.',
        group: 'adoption',
      }),
    ),
    fix: withDefault(
      boolean({ label: 'Fix', help: 'Writes the missing dependsOn into the pipeline file, and nothing else.' }),
      'false',
    ),
    dryRun: withDefault(
      boolean({ label: 'Dry run', help: 'With --fix: shows the difference and writes nothing.' }),
      'false',
    ),
    explain: optional(
      list({
        label: 'Explain',
        help: 'Two services, `store,payments`: tells step by step why their order holds or does not, as text, JSON or picture.',
      }),
    ),
    output: optional(path({ label: 'Output', help: 'Writes what --format says to this file instead of to stdout.' })),
  },
  {
    groups: validateSettings.groups,
    rules: [
      ({ fix, dryRun }) =>
        dryRun && !fix ? { name: 'dryRun', rule: 'has a meaning only together with --fix' } : undefined,
      ({ explain }) =>
        explain !== undefined && explain.length !== 2
          ? { name: 'explain', rule: 'must be two services with a comma between them, as store,payments' }
          : undefined,
      ({ fix, writeBaseline, explain }) =>
        explain !== undefined && (fix || writeBaseline !== undefined)
          ? { name: 'explain', rule: 'cannot be combined with --fix or --write-baseline' }
          : undefined,
      ({ fix, writeBaseline }) =>
        fix && writeBaseline !== undefined
          ? { name: 'writeBaseline', rule: 'cannot be combined with --fix: mend first, then accept the rest' }
          : undefined,
    ],
  },
);

const FORMATS: Readonly<Record<string, (review: OrderReview) => string>> = {
  sarif: orderSarif,
  junit: orderJunit,
  svg: orderSvg,
  mermaid: orderMermaid,
  dot: orderDot,
};
const FILES = { read: readText, write: writeText };

export default command({
  name: 'validate',
  usage: '[PIPELINE]',
  description: `Proves that a pipeline's stages and jobs respect the dependencies that a service graph declares, without running it.
Reports every missing or reversed edge with file, line and an execution in which it goes wrong. What cannot be judged
(templates, expressions, conditions) is named and fails the check: unknown is not a pass.

A finding is accepted by a comment on its line or the line above (# safe-rollout-ignore RULE: REASON), by an entry under
'ignore' in the graph file, or by a baseline.`,
  examples: [
    ['safe-rollout validate', 'checks azure-pipelines.yml against service-graph.yml'],
    ['safe-rollout validate pipelines/release.yml --graph-file deploy/service-graph.yml', 'checks other files'],
    [
      'safe-rollout validate --repo templates=../templates --parameter environment=production --variable Build.Reason=Manual',
      'with templates of another repository, as a run with these choices would be',
    ],
    ['safe-rollout validate --format json | jq .findings', 'for other tools'],
    ['safe-rollout validate --explain store,payments', 'why the order of the two holds or does not, step by step'],
    ['safe-rollout validate --fix --dry-run', 'shows the missing dependsOn as a difference'],
    ['safe-rollout validate --format svg --output order.svg', 'draws stages, services, and in red what is missing'],
    [
      'safe-rollout validate --write-baseline baseline.json',
      'accepts all findings of now; then: --baseline baseline.json',
    ],
  ],
  declaration: commandSettings,
  positional: 'pipelineFile',
  formats: Object.keys(FORMATS),
  emptyDocument: { findings: [], deployments: [], unresolved: [], preconditions: [] },
  run: async (settings, session) => {
    const { format } = session;
    const say = (line: string): void => session.say(line);
    const review = await openReview(settings, FILES);
    const { pipelineFile, graphFile, writeBaseline, output, repo, parameter = {}, variable = {} } = settings;
    const choices = { templates: templateFolders(pipelineFile, repo), parameters: parameter, variables: variable };
    const files = await readOrderFiles(pipelineFile, graphFile);
    const conclude = async (reviewed: OrderReview, more: Partial<Conclusion> = {}): Promise<Conclusion> => {
      const conclusion = { ...(await concludeValidation(reviewed, settings, FILES)), ...more };
      const render = FORMATS[format];
      const shown = render === undefined || 'text' in more ? conclusion : { ...conclusion, text: render(reviewed) };
      if (output === undefined) return shown;
      await writeText(
        output,
        `${format === 'json' ? JSON.stringify(shown.document, null, 2) : shown.text.trimEnd()}\n`,
      );
      say(conclusion.sentence);
      return { ...shown, text: '', document: undefined };
    };
    if ('missing' in files) return await conclude(review(unreadable(files.missing), new Map()), { exitCode: 2 });
    const { pipelineText: text, graphText } = files;
    const judge = (pipelineText: string): OrderReview =>
      judgeText(pipelineText, { pipelineFile, graphFile, graphText, choices, review });
    if (settings.fix) return await fix(text, judge, settings, say, conclude);
    const reviewed = judge(text);
    if (settings.explain !== undefined) return await explain(reviewed, settings.explain, format, conclude);
    if (writeBaseline === undefined) return await conclude(reviewed);
    const accepted = await acceptAll(reviewed, writeBaseline, FILES);
    if (accepted === reviewed) say(`${writeBaseline} was not written: correct first what hides the order.`);
    return await conclude(accepted);
  },
});

/** The exit code is that of the edge alone. */
async function explain(
  review: OrderReview,
  [one = '', other = '']: readonly string[],
  format: string,
  conclude: (reviewed: OrderReview, more?: Partial<Conclusion>) => Promise<Conclusion>,
): Promise<Conclusion> {
  const explained = explainEdge(review, [one, other]);
  if (typeof explained === 'string')
    throw new RolloutError({ code: 'bad-input', problems: [`--explain: ${explained}`] });
  const { verdict } = explained;
  const holds = verdict === 'holds' || verdict === 'unjudged';
  const about = aboutOneEdge(review, explained);
  return await conclude(about, {
    exitCode: holds ? 0 : 1,
    succeeded: holds,
    sentence: explained.steps.at(-1)!.what,
    ...(format in FORMATS ? {} : { text: explanationText(explained) }),
    document: explanationDocument(explained),
  });
}

async function fix(
  text: string,
  judge: (text: string) => OrderReview,
  { pipelineFile, dryRun }: Settings<typeof commandSettings>,
  say: (line: string) => void,
  conclude: (reviewed: OrderReview, more?: Partial<Conclusion>) => Promise<Conclusion>,
): Promise<Conclusion> {
  const fixed = fixOrder(text, judge);
  for (const line of fixLines(fixed, pipelineFile, dryRun)) say(line);
  // Nothing is mended yet: the answer is that of the file as it is, and the text is what would change.
  if (dryRun) return await conclude(judge(text), { text: textDiff(text, fixed.text, pipelineFile) });
  if (fixed.text !== text) await writeText(pipelineFile, fixed.text);
  return await conclude(fixed.review);
}

function fixLines({ edges }: OrderFix, file: string, dryRun: boolean): string[] {
  const lines = edges.map(({ line, word, after, before, refused }) => {
    const edge = `dependsOn ${before} at ${word} ${after}`;
    if (refused !== undefined) return `${file}:${line}: not fixed: ${edge}: ${refused}`;
    return `${file}: ${dryRun ? 'would write' : 'wrote'} ${edge}`;
  });
  return lines.length > 0 ? lines : [`${file}: no dependsOn is missing`];
}

function unreadable(findings: readonly Finding[]): OrderCheck {
  const seen = {
    pipeline: undefined,
    services: [],
    judgements: [],
    otherwise: [],
    whole: false,
    defaulted: [],
    cases: { count: 1, judged: 1, of: [] },
    standing: [],
    given: [],
    leftOut: [],
  };
  return {
    ok: false,
    findings,
    deployments: [],
    unresolved: [],
    preconditions: [],
    ignored: [],
    seen,
    sources: new Map(),
  };
}
