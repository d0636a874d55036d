import { counted } from '../report/counted.ts';
import { access } from 'node:fs/promises';
import { printDraft, type GraphDraft } from '../catalogue/draft.ts';
import { importGraph } from '../catalogue/import-graph.ts';
import { serviceGraphSchema } from '../catalogue/schema.ts';
import type { Finding } from '../finding/finding.ts';
import { templateFolders } from '../host/template-folders.ts';
import { readText, writeText } from '../host/text-file.ts';
import { choiceSettings } from '../order/choices.settings.ts';
import { readEveryRun } from '../order/cases/read-cases.ts';
import { draftGraph } from '../order/draft/draft-graph.ts';
import type { Choices } from '../pipeline/expand/expand-pipeline.ts';
import { RolloutError } from '../rollout/errors.ts';
import { boolean, path } from '../settings/kinds.ts';
import { declare, optional, withDefault } from '../settings/setting.ts';
import { command } from './command.ts';

const initSettings = declare(
  {
    pipelineFile: withDefault(
      path({ label: 'Pipeline file', help: 'The Azure Pipelines file whose deployments become services.' }),
      'azure-pipelines.yml',
    ),
    from: optional(
      path({
        label: 'From',
        help: 'Imports a file of another tool instead: `catalog-info.yaml` of Backstage, `azure.yaml` of azd, or a compose file.',
      }),
    ),
    graphFile: withDefault(
      path({ label: 'Service graph', help: 'The file to write; `-` prints it. A file that is there is left alone.' }),
      'service-graph.yml',
    ),
    schema: withDefault(
      boolean({
        label: 'Schema',
        help: 'Prints the JSON schema of the graph file, for editors, and does nothing else.',
      }),
      'false',
    ),
    ...choiceSettings,
  },
  {
    rules: [
      ({ schema, from }) =>
        schema && from !== undefined ? { name: 'schema', rule: 'cannot be combined with --from' } : undefined,
    ],
  },
);

export default command({
  name: 'init',
  usage: '[PIPELINE]',
  description: `Drafts a service graph: from what a pipeline deploys and in which order it does so now, or from a file of another tool
that says what depends on what. Comments in the draft say what was guessed. Nothing that exists is overwritten.`,
  examples: [
    ['safe-rollout init', 'drafts service-graph.yml from azure-pipelines.yml'],
    ['safe-rollout init --from catalog-info.yaml', 'takes services and dependsOn from Backstage'],
    ['safe-rollout init --from compose.yaml --graph-file -', 'shows what compose says'],
    ['safe-rollout init --schema > service-graph.schema.json', 'completion and checks in editors'],
  ],
  declaration: initSettings,
  positional: 'pipelineFile',
  run: async ({ pipelineFile, from, graphFile, schema, repo, parameter = {}, variable = {} }) => {
    if (schema)
      return done('the JSON schema', JSON.stringify(serviceGraphSchema, undefined, 2), { schema: serviceGraphSchema });
    const choices = (): Choices => ({
      templates: templateFolders(pipelineFile, repo),
      parameters: parameter,
      variables: variable,
    });
    const drafted = from === undefined ? await fromPipeline(pipelineFile, choices()) : await fromOther(from);
    const { draft } = drafted;
    const text = printDraft(draft);
    if (text === undefined) throw bad(emptyDraft(from ?? pipelineFile, drafted));
    const names = draft.services.map(({ name }) => name);
    if (graphFile === '-')
      return done(`${names.length} services`, text.trimEnd(), { file: null, services: names, text });
    if (await exists(graphFile))
      throw bad([`${graphFile}: is there already, and is left as it is. Name another file, or - to print the draft.`]);
    await writeText(graphFile, text);
    const said = `Wrote ${graphFile} with ${names.length} services (${names.join(', ')}): read its comments, then run safe-rollout validate.`;
    return done(said, said, { file: graphFile, services: names, text });
  },
});

/** What a draft is made of, and what is said when no service comes of it. */
interface Drafted {
  readonly draft: GraphDraft;
  /** What was read of the file, in a few words. */
  readonly read: string;
  readonly notRead: readonly string[];
}

/** One line, unless something could not be read that may deploy. */
function emptyDraft(file: string, { read, notRead }: Drafted): string[] {
  if (notRead.length === 0)
    return [
      `${file}: nothing in it deploys (${read}), so that there is no order to prove. If it does, let deployedBy name its job.`,
    ];
  return [`${file}: nothing that deploys was found in what could be read of it (${read}).`, ...notRead];
}

async function fromPipeline(file: string, choices: Choices): Promise<Drafted> {
  const { pipeline, targets, findings, unresolved, sources } = readEveryRun(await readText(file), file, choices);
  if (pipeline === undefined || findings.length > 0) throw bad(findings.map(describe));
  const draft = draftGraph(pipeline, targets);
  const notRead = unresolved.map(({ file: at, line, what }) => `Not read: ${at}:${line}: ${what}`);
  const jobs = pipeline.stages.flatMap((stage) => stage.jobs);
  const steps = jobs.reduce((sum, job) => sum + job.steps.length, 0);
  const read = [
    ...(pipeline.staged ? [counted(pipeline.stages.length, 'stage')] : []),
    counted(jobs.length, 'job'),
    counted(steps, 'step'),
    ...(sources.size > 0 ? [counted(sources.size, 'template')] : []),
  ].join(', ');
  return { draft: { ...draft, notes: [...draft.notes, ...notRead] }, read, notRead };
}

async function fromOther(file: string): Promise<Drafted> {
  const { draft, findings } = importGraph(await readText(file), file);
  if (draft === undefined) throw bad(findings.map(describe));
  return { draft, read: 'no service', notRead: [] };
}

function done(sentence: string, text: string, document: Readonly<Record<string, unknown>>) {
  return {
    exitCode: 0 as const,
    succeeded: true,
    sentence,
    text,
    document: { ok: true, ...document },
    outputs: {},
    markdown: '',
    findings: [],
  };
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}

function describe({ file, line, column, rule, message }: Finding): string {
  return `${file}:${line}:${column}: ${rule}: ${message}`;
}

function bad(problems: readonly string[]): RolloutError {
  return new RolloutError({ code: 'bad-input', problems });
}
