import { performance } from 'node:perf_hooks';
import { Composer, Parser } from 'yaml';
import { checkOrder } from '../../src/order/check-order.ts';
import { readPipeline } from '../../src/pipeline/read-pipeline.ts';
import { templateRepositories } from '../fakes/template-repositories.ts';
import { median } from './median.ts';

/** How long one check takes against how long `yaml` needs to parse the same text: pipeline, templates and graph. */
export interface ValidateFigure {
  readonly parseMs: number;
  /** Of the check: expanding and reading the pipeline. */
  readonly readMs: number;
  readonly checkMs: number;
  readonly ratio: number;
}

const FILE = 'azure-pipelines.yml';

interface Subject {
  readonly name: 'stages1000' | 'stages4000' | 'looped1000' | 'levels100' | 'files100' | 'cases64';
  readonly pipeline: string;
  readonly templates: Readonly<Record<string, string>>;
  readonly graph: string;
}

export type ValidateFigures = Readonly<Record<Subject['name'], ValidateFigure>>;

/** First runs that do not count: in them both sides are compiled, and ours is the larger. */
const COMPILING = 3;

/** Medians of some runs each, taken in turns so that a busy machine is busy for both. */
export function benchValidate(runs: number): ValidateFigures {
  const figures = [plain(1000), plain(4000), looped(1000), deep(), many(), choosing()].map((subject) => {
    const times = Array.from({ length: runs + COMPILING }, () => ({
      parse: timeOf(() => [subject.pipeline, subject.graph, ...Object.values(subject.templates)].forEach(parse)),
      read: timeOf(() => readPipeline(subject.pipeline, FILE, { templates: templateRepositories(subject.templates) })),
      check: timeOf(() => check(subject)),
    })).slice(COMPILING);
    const [parseMs, readMs, checkMs] = (['parse', 'read', 'check'] as const).map((name) =>
      Math.round(median(times.map((one) => one[name]))),
    ) as [number, number, number];
    const figure = { parseMs, readMs, checkMs, ratio: Math.round((checkMs / parseMs) * 100) / 100 };
    return [subject.name, figure] as const;
  });
  return Object.fromEntries(figures) as ValidateFigures;
}

function parse(text: string): void {
  for (const document of new Composer().compose(new Parser().parse(text))) document.toJS();
}

/** @throws Error when the order is not proven, in all cases: a check that gives up early is fast, and worth nothing */
function check({ name, pipeline, templates, graph }: Subject): void {
  const { ok, findings, unresolved, seen } = checkOrder({
    pipelineText: pipeline,
    pipelineFile: FILE,
    graphText: graph,
    graphFile: 'service-graph.yml',
    choices: { templates: templateRepositories(templates) },
  });
  const first = findings[0]?.message ?? unresolved[0]?.what;
  if (name === 'cases64' && seen.cases.count !== 64) throw new Error(`cases64: ${seen.cases.count} cases`);
  if (!ok) throw new Error(`${name}: the order should be proven, but: ${first ?? 'nothing was found'}`);
}

/** A graph of so many services, each after the five before it. */
function graphOf(services: number): string {
  const lines = Array.from({ length: services }, (_, at) => {
    const before = Array.from({ length: Math.min(at, 5) }, (__, back) => `s${at - back - 1}`);
    return `  s${at}: { kind: appService, app: app-${at}, dependsOn: [${before.join(', ')}] }\n`;
  });
  return `version: 1\nservices:\n${lines.join('')}`;
}

const SWAP = (app: string): string =>
  `    - task: AzureAppServiceManage@0\n      inputs: { WebAppName: "${app}", SourceSlot: staging }\n`;

/** A build and a deployment in each stage. */
function stageOf(name: string, dependsOn: string, app: string): string {
  return `- stage: ${name}\n  dependsOn: ${dependsOn}\n  jobs:\n  - job: Build\n    steps: [{ script: echo }]\n  - job: Deploy\n    dependsOn: Build\n    steps:\n${SWAP(app)}`;
}

function plain(stages: 1000 | 4000): Subject {
  const list = Array.from({ length: stages }, (_, at) =>
    stageOf(`S${at}`, at === 0 ? '[]' : `[S${at - 1}]`, `app-${at}`),
  );
  return {
    name: `stages${stages}`,
    pipeline: `stages:\n${list.join('')}`,
    templates: {},
    graph: graphOf(stages),
  };
}

function looped(stages: 1000): Subject {
  const list = Array.from(
    { length: stages },
    (_, at) => `  - { name: S${at}, app: app-${at}, after: [${at === 0 ? '' : `S${at - 1}`}] }\n`,
  );
  const pipeline = `parameters:\n- name: all\n  type: object\n  default:\n${list.join('')}stages:\n- \${{ each one in parameters.all }}:\n  - template: stage.yml\n    parameters: { name: "\${{ one.name }}", app: "\${{ one.app }}", after: "\${{ one.after }}" }\n`;
  const template = `parameters:\n- { name: name, type: string }\n- { name: app, type: string }\n- { name: after, type: object }\nstages:\n${stageOf('${{ parameters.name }}', '${{ parameters.after }}', '${{ parameters.app }}')}`;
  return {
    name: `looped${stages}`,
    pipeline,
    templates: { '/stage.yml': template },
    graph: graphOf(stages),
  };
}

/** A hundred levels of templates, each of which adds ten stages and passes a list on. */
function deep(): Subject {
  const levels = 100;
  const templates: Record<string, string> = {};
  for (let level = 0; level < levels; level++) {
    const first = level * 10;
    const stages = Array.from({ length: 10 }, (_, at) => {
      const number = first + at;
      return stageOf(`S${number}`, number === 0 ? '[]' : `[S${number - 1}]`, `app-${number}`);
    });
    const next =
      level + 1 < levels ? `- template: t${level + 1}.yml\n  parameters: { list: "\${{ parameters.list }}" }\n` : '';
    templates[`/t${level}.yml`] = `parameters: [{ name: list, type: object }]\nstages:\n${stages.join('')}${next}`;
  }
  const pipeline = `stages:\n- template: t0.yml\n  parameters: { list: [a, b, c] }\n`;
  return { name: 'levels100', pipeline, templates, graph: graphOf(1000) };
}

function many(): Subject {
  const templates: Record<string, string> = {};
  const names = Array.from({ length: 100 }, (_, at) => `t${at}.yml`);
  names.forEach((name, file) => {
    const stages = Array.from({ length: 10 }, (_, at) => {
      const number = file * 10 + at;
      return stageOf(`S${number}`, number === 0 ? '[]' : `[S${number - 1}]`, `\${{ parameters.prefix }}-${number}`);
    });
    templates[`/${name}`] = `parameters: [{ name: prefix, default: app }]\nstages:\n${stages.join('')}`;
  });
  const pipeline = `stages:\n${names.map((name) => `- template: ${name}\n`).join('')}`;
  return { name: 'files100', pipeline, templates, graph: graphOf(1000) };
}

/** A thousand stages, and six more that six choices add: sixty-four cases, each of which is judged. */
function choosing(): Subject {
  const { pipeline, graph } = plain(1000);
  const choices = [0, 1, 2, 3, 4, 5];
  const parameters = choices.map((at) => `- { name: with${at}, type: boolean, default: true }\n`);
  const extra = choices.map((at) => {
    const stage = stageOf(`Extra${at}`, `[S${at * 150}]`, `extra-${at}`).replace(/^/gm, '  ');
    return `- \${{ if parameters.with${at} }}:\n${stage.trimEnd()}\n`;
  });
  const services = choices.map(
    (at) => `  extra${at}: { kind: appService, app: extra-${at}, dependsOn: [s${at * 150}] }\n`,
  );
  return {
    name: 'cases64',
    pipeline: `parameters:\n${parameters.join('')}${pipeline}${extra.join('')}`,
    templates: {},
    graph: `${graph}${services.join('')}`,
  };
}

function timeOf(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}
