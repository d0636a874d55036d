import { printText, toJson } from '../finding/print.ts';
import { templateFolders } from '../host/template-folders.ts';
import { readText } from '../host/text-file.ts';
import { choiceSettings } from '../order/choices.settings.ts';
import { expandPipeline } from '../pipeline/expand/expand-pipeline.ts';
import { printExpanded } from '../pipeline/expand/print-expanded.ts';
import { path } from '../settings/kinds.ts';
import { declare, withDefault } from '../settings/setting.ts';
import { command } from './command.ts';

const expandSettings = declare({
  pipelineFile: withDefault(
    path({ label: 'Pipeline file', help: 'The Azure Pipelines file to expand.' }),
    'azure-pipelines.yml',
  ),
  ...choiceSettings,
});

export default command({
  name: 'expand',
  usage: '[PIPELINE]',
  description: `Prints a pipeline as it is before a run: templates included, parameters and variables filled in, loops and
conditions of templates decided. Above each stage and job stands where it is written. What cannot be decided before the
run (a predefined variable, a parameter without a default) stays as it is written and is listed on stderr.`,
  examples: [
    ['safe-rollout expand', 'azure-pipelines.yml, with the templates of its repository'],
    [
      'safe-rollout expand pipelines/release.yml --repo templates=../templates --parameter environment=test',
      'with templates of another repository, and a parameter chosen',
    ],
    ['safe-rollout expand --variable Build.SourceBranch=refs/heads/main', 'as a run of main would be'],
  ],
  declaration: expandSettings,
  positional: 'pipelineFile',
  emptyDocument: { yaml: '', findings: [], unresolved: [] },
  run: async ({ pipelineFile, repo, parameter = {}, variable = {} }, session) => {
    const text = await readText(pipelineFile);
    const templates = templateFolders(pipelineFile, repo);
    const expanded = expandPipeline(text, pipelineFile, { templates, parameters: parameter, variables: variable });
    const { root, findings, unresolved } = expanded;
    const problems = printText(findings, new Map([...expanded.sources, [pipelineFile, text]]));
    for (const line of problems.split('\n')) if (line !== '') session.say(line);
    for (const { file, line, what } of unresolved) session.say(`${file}:${line}: unresolved: ${what}`);
    const yaml = root === undefined ? '' : printExpanded({ ...expanded, root });
    const ok = findings.length === 0 && unresolved.length === 0;
    const sentence = ok ? 'Everything is decided.' : 'Not everything could be decided.';
    const rest = unresolved.map(({ file, line, what }) => ({ file, line, what }));
    return {
      exitCode: findings.length > 0 ? 1 : 0,
      succeeded: ok,
      sentence,
      text: findings.length > 0 ? '' : yaml,
      document: { ok, yaml, findings: toJson(findings), unresolved: rest },
      outputs: {},
      markdown: '',
      findings: [],
    };
  },
});
