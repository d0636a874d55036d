import { fold } from '../../expression/fold.ts';
import { sortFindings, type Finding, type Position } from '../../finding/finding.ts';
import type { MappingEntry, MappingNode, ScalarNode, YamlNode } from '../../yaml/node.ts';
import { readYaml } from '../../yaml/read-yaml.ts';
import type { Unresolved } from '../model.ts';
import { PIPELINE_FILE } from '../reading.ts';
import { Budget, LimitReached } from './budget.ts';
import type { Needs } from './needs.ts';
import { Causes } from './causes.ts';
import { Expressions } from './expressions.ts';
import { below, ROOT, type Frame } from './frame.ts';
import { isStatic } from './node-facts.ts';
import { parameterId, type Case } from './needs.ts';
import { OpenChoices } from './open-choices.ts';
import { NO_PARAMETERS, readParameters, type Parameters } from './parameters.ts';
import { bindRun } from './queue-time.ts';
import { field } from './repositories.ts';
import { Reporter } from './reporter.ts';
import { Run } from './run.ts';
import { Sharing } from './sharing.ts';
import { noTemplates, type TemplateFiles } from './template-files.ts';
import { folderOf, SELF } from './template-path.ts';
import { splitFile } from './template-file.ts';
import { TemplateLoader } from './template-loader.ts';
import { Templates } from './templates.ts';
import { Variables } from './variables.ts';

/** What is chosen when a pipeline is queued, and where its templates lie. */
export interface Choices {
  readonly templates?: TemplateFiles;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Templates see predefined ones only, as `Build.Reason` (documented). */
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * One case of what else may be chosen: parameters that are not given are open then, as far as the case leaves them open.
   * Without it they have their defaults.
   */
  readonly within?: Case;
  /** Reads a file; whoever expands the same files often remembers them. */
  readonly readYaml?: typeof readYaml;
  /** What this expansion has in common with others of the same files and the same parameters and variables. */
  readonly sharing?: Sharing;
}

/** A pipeline file with everything that templates and expressions make of it. */
export interface Expanded {
  /** Undefined when the file is no YAML. What could not be decided stands in it as it was written. */
  readonly root: YamlNode | undefined;
  readonly findings: readonly Finding[];
  readonly unresolved: readonly Unresolved[];
  /** Texts of the template files that were read, by the names that places carry. */
  readonly sources: ReadonlyMap<string, string>;
  /** The references by which an item of a list has come in, the pipeline's own first; none for what is its own. */
  readonly includesOf: (item: YamlNode) => readonly Position[];
  /** Parameters of the pipeline that could be chosen otherwise and were not: what is here is so with their defaults. */
  readonly defaulted: readonly string[];
  /** Of the choices of a case: what more would have to be known of them, and how they are written. */
  readonly needs: Needs;
  readonly choiceNames: ReadonlyMap<string, string>;
  /** How many nodes were visited. */
  readonly cost: number;
}

const NO_NEEDS: Needs = { must: [], may: () => [], hasOpenDirective: () => false, standing: () => [] };

/**
 * Expands a pipeline file as the service does before a run. Never throws; time and memory are bounded. Whatever cannot
 * be told, because it is chosen later or nobody has measured it, is unresolved with its place.
 */
export function expandPipeline(text: string, file: string, choices: Choices = {}): Expanded {
  const { root, findings } = (choices.readYaml ?? readYaml)(text, { file, rule: PIPELINE_FILE, foldKeys: true });
  const chosen = Object.keys(choices.parameters ?? {}).length > 0;
  if (root?.kind !== 'mapping' || (isStatic(root) && field(root, 'parameters') === undefined && !chosen))
    return {
      root,
      findings,
      unresolved: [],
      sources: new Map(),
      includesOf: () => [],
      defaulted: [],
      needs: NO_NEEDS,
      choiceNames: new Map(),
      cost: 1,
    };
  return new Expansion(text, file, choices).expand(root, findings);
}

class Expansion {
  readonly #file: string;
  readonly #choices: Choices;
  readonly #reporter: Reporter;
  readonly #budget = new Budget();
  readonly #causes: Causes;
  readonly #run: Run;
  readonly #loader: TemplateLoader;
  readonly #templates: Templates;
  readonly #files: TemplateFiles;
  readonly #open: OpenChoices | undefined;
  #defaulted: readonly string[] = [];

  constructor(text: string, file: string, choices: Choices) {
    this.#file = file;
    this.#choices = choices;
    const sharing = choices.sharing ?? new Sharing();
    const traces = choices.sharing?.traces;
    const reporter = new Reporter(traces);
    this.#reporter = reporter;
    this.#open = choices.within && new OpenChoices(choices.within, sharing.choices);
    const causes = new Causes(sharing, this.#open, traces);
    this.#causes = causes;
    const budget = this.#budget;
    const expressions = new Expressions(reporter, budget, causes, sharing, traces);
    this.#run = new Run({ expressions, reporter, budget, sharing, traces });
    this.#files = choices.templates ?? noTemplates(file);
    this.#loader = new TemplateLoader(this.#run, this.#files, choices.readYaml);
    this.#templates = new Templates(this.#run, this.#loader);
    traces?.begin({ reporter, causes, loader: this.#loader, budget });
    budget.takeFileText({ file, line: 1, column: 1 }, text.length);
  }

  expand(root: MappingNode, yamlFindings: readonly Finding[]): Expanded {
    const expanded = this.#withinLimits(root);
    const { findings, unresolved } = this.#reporter;
    return {
      root: expanded,
      findings: sortFindings([...yamlFindings, ...this.#loader.yamlFindings, ...findings]),
      unresolved,
      sources: this.#loader.sources,
      includesOf: (item) => this.#includesOf(item),
      defaulted: this.#defaulted,
      needs: this.#causes.needs,
      choiceNames: this.#open?.names() ?? new Map<string, string>(),
      cost: this.#budget.spent,
    };
  }

  #withinLimits(root: MappingNode): MappingNode {
    try {
      return this.#root(root);
    } catch (error) {
      if (!(error instanceof LimitReached)) throw error;
      this.#reporter.fault(error.at, error.message);
      return root;
    }
  }

  #root(root: MappingNode): MappingNode {
    const { parameters, body } = splitFile(root);
    this.#loader.repositories.add(root, this.#reporter);
    const declared = parameters === undefined ? NO_PARAMETERS : readParameters(parameters, 'pipeline', this.#reporter);
    const chosen = new Set(Object.keys(this.#choices.parameters ?? {}).map(fold));
    this.#defaulted = declared.declared
      .filter(({ name, values, fallback }) => !chosen.has(fold(name)) && fallback !== undefined && values.length !== 1)
      .map(({ name }) => name);
    const frame = this.#frame(declared);
    this.#defaulted = this.#defaulted.filter((name) => this.#open?.known(parameterId(name)) === undefined);
    if (frame === undefined) return body;
    const extended = body.entries.find(({ key }) => key.text.toLowerCase() === 'extends');
    const own = { ...body, entries: body.entries.filter((entry) => entry !== extended) };
    const made = this.#templates.walker.mapping(own, frame, ROOT);
    const whole = extended === undefined ? made : this.#extend(made, extended, own, frame);
    this.#run.checkExtent(whole, 0, root);
    return whole;
  }

  #frame(declared: Parameters): Frame | undefined {
    const { parameters = {}, variables = {} } = this.#choices;
    const location = { repository: SELF, folder: folderOf(this.#files.pipelinePath) };
    const open = this.#open;
    const sight = open && {
      predefined: (name: string) => open.variable(name),
      open: (node: ScalarNode) => this.#run.values.openValue(node),
    };
    const seen = Variables.given(new Map(Object.entries(variables)), sight);
    const start = { location, include: undefined, loops: new Map(), variables: seen, references: 'follow' as const };
    const bound = bindRun(declared, parameters, this.#file, this.#run, open, (node, list, value) =>
      this.#templates.walker.settle(node, { ...start, parameters: value }, { ...ROOT, list }),
    );
    return bound === undefined ? undefined : { ...start, parameters: bound };
  }

  /** The template's keys beside the pipeline's own. A key of both is the pipeline's, but for what runs. */
  #extend(made: MappingNode, extended: MappingEntry, own: MappingNode, frame: Frame): MappingNode {
    const inside = { ...frame, variables: frame.variables.copy() };
    const variables = field(own, 'variables');
    if (variables !== undefined)
      this.#templates.walker.node(variables, inside, below(ROOT, 'variables'), inside.variables);
    const keys = this.#templates.extend(extended.value, inside, below(ROOT, 'extends'));
    if (keys === undefined) return { ...made, entries: [...made.entries, extended] };
    const twice = keys.find(({ key }) => key.text.toLowerCase() === 'variables');
    if (twice !== undefined && variables !== undefined)
      this.#reporter.cannotTell(twice.key, `'variables' stands in the pipeline too, which the service may refuse`);
    const taken = new Set(made.entries.map(({ key }) => key.text.toLowerCase()));
    const added = keys.filter(({ key }) => RUNS.has(key.text.toLowerCase()) || !taken.has(key.text.toLowerCase()));
    return { ...made, entries: [...made.entries, ...added] };
  }

  #includesOf(item: YamlNode): readonly Position[] {
    const places: Position[] = [];
    for (let one = this.#run.includes.get(item); one !== undefined; one = one.above) places.push(one.at);
    return places.reverse();
  }
}

/** Of these a pipeline has one: where there are two, the reader says so. */
const RUNS = new Set(['stages', 'jobs', 'steps', 'phases']);
