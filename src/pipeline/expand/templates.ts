import { context, type Value } from '../../expression/value.ts';
import type { Position } from '../../finding/finding.ts';
import { describeNode, isNull, type MappingEntry, type MappingNode, type YamlNode } from '../../yaml/node.ts';
import { ROOT, type Frame, type Include, type ListName, type Spot, spotKey } from './frame.ts';
import { referenceIn } from './node-facts.ts';
import { listOf } from './parameter-types.ts';
import { bindParameters } from './parameters.ts';
import type { Run } from './run.ts';
import type { TemplateFile } from './template-file.ts';
import type { TemplateLoader } from './template-loader.ts';
import { hasOpenKey, isOpen } from './values.ts';
import type { Arguments } from './references.ts';
import { Walker } from './walker.ts';

/**
 * Keys of a pipeline that no template of a list may have. Others, as `pool` and `trigger`, change no order, and templates
 * that have them are in use.
 */
const PIPELINE_KEYS = new Set(['stages', 'jobs', 'steps', 'variables', 'phases', 'extends']);

/** Expands the templates of one pipeline: a reference becomes the items or the keys that it stands for. */
export class Templates {
  readonly walker: Walker;
  readonly #run: Run;
  readonly #loader: TemplateLoader;

  constructor(run: Run, loader: TemplateLoader) {
    this.#run = run;
    this.#loader = loader;
    this.walker = new Walker(run, (item, frame, spot, args) => this.#follow(item, frame, spot, args));
  }

  /** What `extends` makes of a file: the keys of the template, expanded; undefined when it cannot be had. */
  extend(node: YamlNode, frame: Frame, spot: Spot): readonly MappingEntry[] | undefined {
    const spread = this.walker.node(node, { ...frame, references: 'keep' }, { ...spot, list: undefined });
    if (spread.kind !== 'mapping') {
      if (!isOpen(spread)) this.#run.reporter.fault(node, `extends must be a mapping, not ${describeNode(spread)}`);
      return undefined;
    }
    const opened = this.#open(spread, frame, spot, 'expanded');
    if (opened === undefined) return undefined;
    const { file, inside } = opened;
    const extended = file.body.entries.find(({ key }) => key.text.toLowerCase() === 'extends');
    const others = { ...file.body, entries: file.body.entries.filter((entry) => entry !== extended) };
    const made = this.walker.mapping(others, inside, ROOT).entries;
    for (const { value } of made) this.#mark(value, inside.include);
    if (extended === undefined) return made;
    const further = this.#run.budget.deeper(node, () => this.extend(extended.value, inside, spot));
    return further === undefined ? undefined : [...made, ...further];
  }

  #follow(item: MappingNode, frame: Frame, spot: Spot, args: Arguments): readonly YamlNode[] {
    const { traces } = this.#run;
    // Variables of a template are those of its includer from there on: that is more than what comes of it.
    if (traces === undefined || spot.list === 'variables') return this.#include(item, frame, spot, args);
    return traces.of(item, frame, `include ${args} ${spotKey(spot)}`, () => this.#include(item, frame, spot, args));
  }

  /** The items that a `template:` item of a list stands for; the item itself when they cannot be had. */
  #include(item: MappingNode, frame: Frame, spot: Spot, args: Arguments): readonly YamlNode[] {
    const { list } = spot;
    // A directive may stand beside the name, or around it.
    const chosen = hasOpenKey(item) ? this.walker.mapping(item, { ...frame, references: 'keep' }, spot) : item;
    const opened = this.#open(chosen, frame, spot, chosen === item ? args : 'expanded');
    if (opened === undefined || list === undefined) {
      if (list === 'variables') frame.variables.blur();
      return [chosen];
    }
    const { file, inside } = opened;
    for (const { key } of file.body.entries)
      if (PIPELINE_KEYS.has(key.text.toLowerCase()) && key.text.toLowerCase() !== list)
        this.#run.reporter.fault(key, `Unexpected value '${key.text}': this file is a template of ${list} here`);
    return this.#run.budget.deeper(item, () => {
      const shared = list === 'variables' ? this.#variables(file.body, inside, spot) : undefined;
      // The list of the file takes the place of the list that it is included into.
      const made =
        shared ?? this.walker.mapping(file.body, inside, { ...spot, list: undefined, level: spot.level - 1 });
      return this.#itemsOf(made, list, item, inside.include);
    });
  }

  /** Variables of a template are those of its includer, from there on. */
  #variables(body: MappingNode, inside: Frame, spot: Spot): MappingNode {
    const { walker } = this;
    const entries = body.entries.map(({ key, value }) => {
      if (isOpen(key)) {
        this.#run.reporter.cannotTell(key, 'an expression at the root of a template of variables is not read');
        inside.variables.blur();
      }
      const own = key.text.toLowerCase() === 'variables';
      return { key, value: own ? walker.node(value, inside, spot, inside.variables) : value };
    });
    return { ...body, entries };
  }

  #itemsOf(made: MappingNode, list: ListName, item: MappingNode, include: Include | undefined): readonly YamlNode[] {
    const items: YamlNode[] = [];
    for (const entry of made.entries) {
      const { key, value } = entry;
      // A directive at the root that could not be decided hides items.
      if (isOpen(key)) items.push({ ...made, entries: [entry] });
      if (key.text.toLowerCase() !== list || (value.kind === 'scalar' && isNull(value))) continue;
      if (value.kind === 'sequence') for (const one of value.items) items.push(one);
      else if (value.kind === 'mapping' && list === 'variables') items.push(...value.entries.map(asListItem));
      else if (isOpen(value) || value.kind === 'mapping') items.push(value);
      else this.#run.reporter.fault(value, `${list} must be a list, not ${describeNode(value)}`);
    }
    if (!made.entries.some(({ key }) => key.text.toLowerCase() === list || isOpen(key)))
      this.#run.reporter.cannotTell(item, `the template has no ${list}, and nobody has measured what becomes of that`);
    // Items of a deep chain are passed on level by level.
    this.#run.budget.take(item, items.length + 10);
    return items.map((one) => {
      // A node that stands at several places has come to each of them by its own way.
      if (one.kind !== 'mapping' || include === undefined || this.#run.includes.has(one)) return one;
      return this.#run.sharing.copyFor(include, one);
    });
  }

  #mark(list: YamlNode, include: Include | undefined): void {
    if (list.kind !== 'sequence' || include === undefined) return;
    for (const item of list.items) if (!this.#run.includes.has(item)) this.#run.includes.set(item, include);
  }

  /** Finds the file of a reference and binds its parameters. What stands in the way is reported. */
  #open(
    item: MappingNode,
    frame: Frame,
    spot: Spot,
    args: Arguments,
  ): { readonly file: TemplateFile; readonly inside: Frame } | undefined {
    const { reporter, budget } = this.#run;
    // What hides the name has been reported.
    if (hasOpenKey(item)) return undefined;
    const reference = referenceIn(item);
    const target =
      reference === undefined
        ? undefined
        : this.walker.node(reference.value, frame, {
            ...spot,
            list: undefined,
            inert: false,
            names: false,
            label: false,
          });
    for (const { key } of item.entries)
      if (!['template', 'parameters'].includes(key.text.toLowerCase()))
        reporter.fault(key, `Unexpected value '${key.text}': beside a template only its parameters may stand`);
    if (target?.kind !== 'scalar' || isOpen(target)) {
      if (target?.kind !== 'scalar') reporter.fault(target ?? item, `the name of a template must be text`);
      return undefined;
    }
    const written = args === 'bound' ? undefined : this.#run.keptAt.get(item);
    const loaded = this.#loader.load(target.text, { from: frame.location, written }, target);
    if (loaded === undefined) return undefined;
    const { path, file } = loaded;
    const level = (frame.include?.level ?? 0) + 1;
    budget.checkLevels(target, level);
    const include = this.#run.sharing.include(reference?.key ?? item, frame.include, level);
    const location = { repository: path.repository, folder: path.folder };
    const bare: Frame = {
      location,
      include,
      parameters: context([]),
      loops: new Map(),
      variables: frame.variables,
      references: 'follow',
    };
    const parameters = this.#bind(file, this.#argsOf(item, frame, spot, args), bare, spot, target);
    return parameters === undefined ? undefined : { file, inside: { ...bare, parameters } };
  }

  #argsOf(item: MappingNode, frame: Frame, spot: Spot, args: Arguments): MappingNode | undefined | 'faulty' {
    const written = item.entries.find(({ key }) => key.text.toLowerCase() === 'parameters')?.value;
    if (written === undefined || isNull(written)) return undefined;
    const keeping: Frame = { ...frame, references: 'keep' };
    const at: Spot = {
      list: undefined,
      level: spot.level + 1,
      inert: true,
      names: false,
      label: false,
      variable: false,
    };
    const node = args !== 'written' ? written : this.walker.node(written, keeping, at);
    if (node.kind === 'mapping') return node;
    if (node.kind === 'scalar' && isOpen(node))
      return { ...node, kind: 'mapping', entries: [{ key: node, value: node }] };
    this.#run.reporter.fault(written, 'Expected a mapping');
    return 'faulty';
  }

  #bind(
    file: TemplateFile,
    args: MappingNode | undefined | 'faulty',
    inside: Frame,
    spot: Spot,
    at: Position,
  ): Value | undefined {
    if (args === 'faulty') return undefined;
    const { values, reporter } = this.#run;
    return bindParameters(file.parameters, args, {
      values,
      reporter,
      // Measured: the references in an argument of such a type start from the file that takes it.
      settle: (node, type) => this.#settleBound(node, listOf(type), inside, spot),
      absent: ({ name }) => {
        reporter.fault(at, `A value for the '${name}' parameter must be provided.`);
        return undefined;
      },
    });
  }

  /** Text of other types is followed where it is inserted, if that is a list of the pipeline. */
  #settleBound(node: YamlNode, list: ListName | undefined, inside: Frame, spot: Spot): YamlNode {
    return list === undefined ? node : this.walker.settle(node, inside, { ...spot, list }, 'bound');
  }
}

/** `name: value` of the mapping form as the list form has it. */
function asListItem(entry: MappingEntry): YamlNode {
  const known = listItems.get(entry);
  if (known !== undefined) return known;
  const made = makeListItem(entry);
  listItems.set(entry, made);
  return made;
}

/** The same entry is the same item. */
const listItems = new WeakMap<MappingEntry, YamlNode>();

function makeListItem({ key, value }: MappingEntry): YamlNode {
  const { file, line, column } = key;
  if (isOpen(key)) return { kind: 'mapping', entries: [{ key, value }], file, line, column };
  const word = (text: string): MappingEntry['key'] => ({ kind: 'scalar', text, plain: true, file, line, column });
  const entries = [
    { key: word('name'), value: key },
    { key: word('value'), value },
  ];
  return { kind: 'mapping', entries, file, line, column };
}
