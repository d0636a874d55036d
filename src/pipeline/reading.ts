import { parseExpression } from '../expression/parse.ts';
import type { Finding, Position } from '../finding/finding.ts';
import { didYouMean } from '../finding/nearest.ts';
import {
  describeNode,
  excerpt,
  isNull,
  nameText,
  placeOf,
  type MappingEntry,
  type ScalarNode,
  type YamlNode,
} from '../yaml/node.ts';
import type { Condition, Lock, Reference, Toggle, Unresolved } from './model.ts';
import type { ReadNodes } from './read-nodes.ts';

/** The rule of what is wrong with the shape of a pipeline file. */
export const PIPELINE_FILE = 'pipeline-file';

/** The keys of a mapping by their lower-case names: the service ignores their case. */
export type Fields = ReadonlyMap<string, MappingEntry>;

/** Keys that a mapping may have, as they are documented and as they are compared. */
export interface KnownKeys {
  readonly names: readonly string[];
  readonly folded: ReadonlySet<string>;
}

export function knownKeys(...names: readonly string[]): KnownKeys {
  return { names, folded: new Set(names.map((name) => name.toLowerCase())) };
}

/** Where one reading of a pipeline puts what it finds. */
export class PipelineReading {
  readonly findings: Finding[] = [];
  readonly unresolved: Unresolved[] = [];
  stepsComplete = true;
  /** The first place where steps are hidden. */
  hidden: Position | undefined;
  /** Names of stages and jobs that are what a parameter says, and what waits for such a name. */
  readonly #namedLater = new Set<string>();
  readonly #waitsForLater: { readonly node: ScalarNode; readonly what: string }[] = [];
  /** The template references by which a stage or job came in. */
  readonly includesOf: (node: YamlNode) => readonly Position[];

  readonly #nodes: ReadNodes<PipelineReading> | undefined;

  /** @param nodes read in other cases of the pipeline, whose includes are the same */
  constructor(includesOf: PipelineReading['includesOf'], nodes?: ReadNodes<PipelineReading>) {
    this.includesOf = includesOf;
    this.#nodes = nodes;
  }

  /** Reads a node, unless it was read before in this way. @param how all that it is read by beside the node */
  once<T>(node: YamlNode, how: string, read: (part: PipelineReading) => T): T {
    if (this.#nodes === undefined) return read(this);
    const { result, part } = this.#nodes.of(node, how, () => {
      const own = new PipelineReading(this.includesOf, this.#nodes);
      return { result: read(own), part: own };
    });
    this.add(part);
    return result;
  }

  /** Takes over what another reading has found in a part of the pipeline. */
  add(part: PipelineReading): void {
    this.findings.push(...part.findings);
    this.unresolved.push(...part.unresolved);
    this.stepsComplete &&= part.stepsComplete;
    this.hidden ??= part.hidden;
    for (const name of part.#namedLater) this.#namedLater.add(name);
    this.#waitsForLater.push(...part.#waitsForLater);
  }

  fault({ file, line, column }: Position, message: string): void {
    this.findings.push({ rule: PIPELINE_FILE, severity: 'error', message, file, line, column, services: [] });
  }

  cannotJudge(place: Position, what: string): void {
    this.unresolved.push({ ...placeOf(place), what });
  }

  /** Takes note that there may be other steps here, as expansion has said. */
  hide(place: Position): void {
    this.stepsComplete = false;
    this.hidden ??= placeOf(place);
  }

  /** The fields of a mapping, or undefined (reported) when the node is something else. */
  fields(node: YamlNode, what: string): Fields | undefined {
    if (node.kind !== 'mapping') {
      if (!isTemplated(node)) this.fault(node, `${what} must be a mapping, not ${describeNode(node)}`);
      return undefined;
    }
    const fields = new Map<string, MappingEntry>();
    for (const entry of node.entries) {
      const key = entry.key.text.toLowerCase();
      if (!fields.has(key)) fields.set(key, entry);
    }
    return fields;
  }

  /**
   * The items of a list that are known. `lost` is called when templates could add others: those that could not be had
   * and what could not be decided, which expansion has said.
   */
  items(entry: MappingEntry | undefined, what: string, lost: () => void): YamlNode[] {
    if (entry === undefined || isNull(entry.value)) return [];
    if (entry.value.kind !== 'sequence') {
      if (hasTemplate(entry.value)) lost();
      else this.fault(entry.value, `${what} must be a list, not ${describeNode(entry.value)}`);
      return [];
    }
    return entry.value.items.filter((item) => {
      if (!hasTemplate(item)) return true;
      lost();
      return false;
    });
  }

  /** Absent, empty and named are three different things: an absent list of a stage means the stage before. */
  dependsOn(entry: MappingEntry | undefined, what: string, lost: () => void): Reference[] | undefined {
    if (entry === undefined) return undefined;
    const written = entry.value.kind === 'sequence' ? entry.value.items : [entry.value];
    return written.flatMap((node): Reference[] => {
      if (node.kind === 'scalar' && node.stand !== undefined) {
        this.#waitsForLater.push({ node, what });
        return [{ ...placeOf(node), name: node.stand }];
      }
      if (hasTemplate(node)) lost();
      else if (node.kind !== 'scalar')
        this.fault(node, `${what} must be a name or a list of names, not ${describeNode(node)}`);
      // An empty text in place of the list is an empty list (known from emulations of the service only).
      else if (!isNull(node) && (node.text !== '' || node !== entry.value))
        return [{ ...placeOf(node), name: node.text }];
      return [];
    });
  }

  /** The name of a stage or job; false when it cannot be told, not even by what stands for it. */
  isNamed(node: YamlNode): boolean {
    if (!isTemplated(node)) return true;
    if (node.kind !== 'scalar' || node.stand === undefined) return false;
    this.#namedLater.add(laterName(node));
    return true;
  }

  /** An edge to a name that is chosen leads where that name is given in the same words, or anywhere. */
  checkLaterNames(): void {
    for (const { node, what } of this.#waitsForLater)
      if (!this.#namedLater.has(laterName(node)))
        this.cannotJudge(
          node,
          `${what} is '${excerpt(node.text)}': which stage or job that is, is chosen for each run`,
        );
  }

  /** The service refuses keys that it does not know. What still is an expression has been reported. */
  checkKeys(fields: Fields, known: KnownKeys, what: string): void {
    for (const [folded, { key }] of fields)
      if (!known.folded.has(folded) && !isTemplated(key))
        this.fault(key, `Unexpected value '${excerpt(key.text)}' in ${what}${didYouMean(key.text, known.names)}`);
  }

  /**
   * An authored condition, or undefined for the default one. The service refuses what it cannot parse, with the sentence
   * reported here; the condition of a step it checks for syntax only, so a name that is unknown there fails at run time.
   */
  condition(
    entry: MappingEntry | undefined,
    what: string,
    place: 'condition' | 'stepCondition',
  ): Condition | undefined {
    if (entry === undefined || isNull(entry.value)) return undefined;
    const { value } = entry;
    if (value.kind !== 'scalar') {
      if (!hasTemplate(value)) this.fault(value, `condition of ${what} must be text, not ${describeNode(value)}`);
      return { ...placeOf(entry.key), text: '', expression: undefined };
    }
    const text = value.text.trim();
    if (text === '' || DEFAULT_CONDITION.test(text)) return undefined;
    const authored = { ...placeOf(entry.key), text };
    if (isTemplated(value)) return { ...authored, expression: undefined };
    const parsed = parseExpression(text, { place });
    if ('expression' in parsed) return { ...authored, expression: parsed.expression };
    const { error } = parsed;
    // Names that the agent does not know (or that only an emulation of the service does not) are no fault of syntax.
    if (place === 'stepCondition' && error.code === 'unrecognized-value')
      this.cannotJudge(entry.key, `condition '${excerpt(text)}' of ${what} cannot be read: ${error.message}`);
    else
      this.fault(
        value,
        `condition of ${what}: ${error.message}${error.note === undefined ? '' : ` True cause: ${error.note}.`}`,
      );
    return { ...authored, expression: undefined };
  }

  /** `true`, `false`, or what is known only at run time. */
  toggle(entry: MappingEntry | undefined): Toggle | undefined {
    if (entry === undefined || isNull(entry.value)) return undefined;
    const place = placeOf(entry.key);
    if (isWord(entry.value, 'true')) return { ...place, value: 'true' };
    return { ...place, value: isWord(entry.value, 'false') ? 'false' : 'unknown' };
  }

  lock(entry: MappingEntry | undefined): Lock | undefined {
    if (entry === undefined || isNull(entry.value)) return undefined;
    const { value } = entry;
    const behavior = (['sequential', 'runLatest'] as const).find((one) => isWord(value, one.toLowerCase()));
    return { ...placeOf(entry.key), behavior: behavior ?? 'unknown' };
  }
}

/** What the service adds where nothing is written (documented); writing it changes nothing. */
const DEFAULT_CONDITION = /^succeeded\s*\(\s*\)$/i;

function laterName({ text, stand }: ScalarNode): string {
  return `${text.replace(/\s+/g, '')} ${stand}`;
}

export function isWord(node: YamlNode, word: string): boolean {
  return node.kind === 'scalar' && node.text.trim().toLowerCase() === word;
}

export function isTemplated(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.text.includes('${{');
}

/** True when an expression that could not be decided may give keys of the node, or stands for it. */
export function hasDirective(node: YamlNode): boolean {
  return node.kind === 'mapping' ? node.entries.some(({ key }) => isTemplated(key)) : isTemplated(node);
}

/** True when the node stands for others: `${{ ... }}`, a mapping with a directive as key, `template: x`. */
function hasTemplate(node: YamlNode): boolean {
  if (node.kind === 'mapping')
    return node.entries.some(({ key }) => isTemplated(key) || key.text.toLowerCase() === 'template');
  return isTemplated(node);
}

/** Text of a name; undefined (reported) when it is none, '' when there is nothing. */
export function nameOf(reading: PipelineReading, entry: MappingEntry, what: string): string {
  if (entry.value.kind === 'scalar') return isNull(entry.value) ? '' : nameText(entry.value);
  reading.fault(entry.value, `the name of ${what} must be text, not ${describeNode(entry.value)}`);
  return '';
}
