import type { Finding } from '../../finding/finding.ts';
import type { Choices } from '../../pipeline/expand/expand-pipeline.ts';
import { Sharing } from '../../pipeline/expand/sharing.ts';
import type { TemplateFiles, TemplateRead } from '../../pipeline/expand/template-files.ts';
import type { Pipeline, Stage, Unresolved } from '../../pipeline/model.ts';
import { readPipeline, type ReadPipeline } from '../../pipeline/read-pipeline.ts';
import { findTargets, type TargetStep } from '../../pipeline/targets.ts';
import { readYaml, type ReadYaml } from '../../yaml/read-yaml.ts';
import { joinStages, nodeKey } from './join-cases.ts';
import { needsOf } from './open-needs.ts';
import { sampleCases } from './split-cases.ts';

/** A pipeline with the stages that runs of it have, and all that its steps deploy in any of them. */
export interface EveryRun {
  /** Undefined when the file is no pipeline. */
  readonly pipeline: Pipeline | undefined;
  readonly targets: readonly TargetStep[];
  /** Of the runs that nothing is wrong with, none; of all when something is wrong with each. */
  readonly findings: readonly Finding[];
  readonly unresolved: readonly Unresolved[];
  /** Texts of the templates that were read, by name. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Choices whose files are read and parsed once: the cases of a pipeline ask for the same ones again and again. */
export function remembering({ templates, ...choices }: Choices): Choices {
  const parsed = new Map<string, ReadYaml>();
  const read: typeof readYaml = (text, options) => {
    const known = parsed.get(options.file) ?? readYaml(text, options);
    parsed.set(options.file, known);
    return known;
  };
  const sharing = new Sharing();
  if (templates === undefined) return { ...choices, readYaml: read, sharing };
  const found = new Map<string, TemplateRead>();
  const files: TemplateFiles = {
    pipelinePath: templates.pipelinePath,
    read: (repository, path) => {
      const key = `${repository}:${path}`;
      const known = found.get(key) ?? templates.read(repository, path);
      found.set(key, known);
      return known;
    },
  };
  return { ...choices, templates: files, readYaml: read, sharing };
}

/** Reads a pipeline as its runs have it: with the defaults, and with each other choice. Never throws on any input. */
export function readEveryRun(text: string, file: string, choices: Choices): EveryRun {
  const remembered = remembering(choices);
  const leaves = sampleCases((within) => {
    const one = readPipeline(text, file, { ...remembered, within });
    const judge = () => {
      const targets = one.pipeline === undefined ? [] : findTargets(one.pipeline).targets;
      const open = targets.flatMap(({ target }) => (target.kind === 'unknown' ? target.reasons : []));
      const needs = one.findings.length > 0 ? [] : needsOf(open, () => one.needs.may());
      return { result: { ...one, targets }, needs };
    };
    return { needs: one.findings.length > 0 ? [] : one.needs.must, cost: one.cost, judge };
  });
  const results = leaves.map(({ result }) => result);
  const sound = results.filter(({ findings }) => findings.length === 0);
  const used = sound.length > 0 ? sound : results;
  const pipeline = joinStages(used.map((one) => one.pipeline));
  return {
    pipeline,
    targets: pipeline === undefined ? [] : joinTargets(pipeline, used),
    findings: sound.length > 0 ? [] : results.flatMap(({ findings }) => findings),
    unresolved: [...new Map(used.flatMap((one) => one.unresolved).map((one) => [JSON.stringify(one), one])).values()],
    sources: new Map(used.flatMap((one) => [...one.sources])),
  };
}

/** What is deployed in any case, each once, with the stages and jobs of the joined pipeline. */
function joinTargets(
  pipeline: Pipeline,
  all: readonly (ReadPipeline & { readonly targets: readonly TargetStep[] })[],
): readonly TargetStep[] {
  const stages = new Map(pipeline.stages.map((stage) => [nodeKey(stage), stage]));
  const found = new Map<string, TargetStep>();
  for (const target of all.flatMap(({ targets }) => targets)) {
    const stage: Stage = stages.get(nodeKey(target.stage)) ?? target.stage;
    const job = stage.jobs.find((one) => nodeKey(one) === nodeKey(target.job)) ?? target.job;
    const { step, part } = target;
    const key = JSON.stringify([nodeKey(stage), nodeKey(job), step.file, step.line, part, target.target]);
    if (!found.has(key)) found.set(key, { ...target, stage, job });
  }
  return [...found.values()];
}
