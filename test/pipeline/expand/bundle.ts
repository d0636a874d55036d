import { printText } from '../../../src/finding/print.ts';
import { expandPipeline, type Choices, type Expanded } from '../../../src/pipeline/expand/expand-pipeline.ts';
import { printExpanded } from '../../../src/pipeline/expand/print-expanded.ts';
import { templateRepositories } from '../../fakes/template-repositories.ts';

/**
 * Several files in one text. `>>> NAME` begins one; what stands before the first is the pipeline. `>>> --parameter` and
 * `>>> --variable` begin lines of `name=value`, `>>> at PATH` says where the pipeline lies in its repository.
 */
export function openBundle(bundle: string): {
  readonly pipeline: string;
  readonly file: string;
  readonly choices: Choices;
} {
  const [pipeline = '', ...sections] = bundle.split(/^>>> /m);
  const files: Record<string, string> = {};
  const given: Record<string, Record<string, string>> = { '--parameter': {}, '--variable': {} };
  let at = '/azure-pipelines.yml';
  for (const section of sections) {
    const end = section.indexOf('\n');
    const name = section.slice(0, end).trimEnd();
    const text = section.slice(end + 1);
    if (name.startsWith('at ')) at = name.slice(3);
    else if (name in given)
      for (const line of text.split('\n').filter((one) => one !== ''))
        given[name]![line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1);
    else files[name] = text;
  }
  const choices = {
    templates: templateRepositories(files, at),
    parameters: given['--parameter']!,
    variables: given['--variable']!,
  };
  return { pipeline, file: at.slice(1), choices };
}

export interface ExpandedBundle extends Expanded {
  readonly pipeline: string;
  readonly file: string;
}

/** A bundle, expanded. */
export function expandBundle(bundle: string): ExpandedBundle {
  const { pipeline, file, choices } = openBundle(bundle);
  return { ...expandPipeline(pipeline, file, choices), pipeline, file };
}

/** What an expansion came to, for people: findings with their lines, what is unresolved, the YAML. */
export function show({ pipeline, file, ...expanded }: ExpandedBundle): string {
  const { root, findings, unresolved, sources } = expanded;
  const problems = printText(findings, new Map([...sources, [file, pipeline]]));
  const open = unresolved.map((one) => `${one.file}:${one.line}:${one.column}: unresolved: ${one.what}\n`).join('');
  return problems + open + (findings.length > 0 || root === undefined ? '' : printExpanded({ ...expanded, root }));
}
