import { toTruth } from '../../expression/convert.ts';
import { evaluate } from '../../expression/evaluate.ts';
import { fold } from '../../expression/fold.ts';
import { findReferences, type Reference } from '../../expression/references.ts';
import type { Expression } from '../../expression/syntax.ts';
import type { Value } from '../../expression/value.ts';
import { describeNode, excerpt, type ScalarNode, type YamlNode } from '../../yaml/node.ts';
import { environmentOf, type Frame, type Spot } from './frame.ts';
import { parameterId, variableId, type Need, type Needs, type Undecided } from './needs.ts';
import { openIn } from './open-texts.ts';
import { isOpen } from './values.ts';
import type { OpenChoices } from './open-choices.ts';
import type { Sharing } from './sharing.ts';
import type { Traces } from './traces.ts';

import { isPredefined } from './variables.ts';

/** Choices, by their ids, with the flag that gives each; and the expressions of other files between them and the one that asked. */
interface Hangs {
  readonly flags: Map<string, string>;
  readonly chain: Undecided[];
}

/** A value that is not known hangs on others; chains that are longer than this are not followed. */
const LONGEST_CHAIN = 12;
/** Nobody reads more than these in one message. */
const MOST_CHOICES = 4;

/**
 * Why an expression cannot be told, and what to give so that it can. The reason often lies in other files: an argument
 * was an expression itself, or a variable got its value from one. So every undecided expression is kept by its node.
 */
export class Causes {
  readonly #sharing: Sharing;
  readonly #traces: Traces | undefined;
  /** Of texts as they are written, which have another reason in each case. */
  readonly #written = new WeakMap<ScalarNode, readonly Undecided[]>();
  readonly #open: OpenChoices | undefined;
  /** All that is kept, where somebody asks for what it needs. */
  readonly #kept: { readonly at: ScalarNode; readonly undecided: Undecided }[] = [];
  readonly #standing: ScalarNode[] = [];
  readonly #must: (readonly Need[])[] = [];

  /** @param traces told of what is kept, so that it is kept again in other cases */
  constructor(sharing: Sharing, open: OpenChoices | undefined, traces?: Traces) {
    this.#sharing = sharing;
    this.#open = open;
    this.#traces = traces;
  }

  get needs(): Needs {
    return {
      must: this.#must,
      may: () =>
        this.#kept
          .filter(({ at }) => this.#sharing.spots.get(at)?.label !== true)
          .flatMap(({ at, undecided }) => {
            const spot = this.#sharing.spots.get(at);
            const place = spot === undefined ? 'directive' : spot.variable ? 'variable' : 'text';
            return this.#needsOf(undecided).map((need) => ({ ...need, at, place }) as const);
          }),
      hasOpenDirective: () => this.#kept.some(({ at }) => this.#sharing.spots.get(at) === undefined),
      standing: () => [
        ...new Set(
          this.#standing.flatMap((at) => this.#undecidedIn(at).flatMap((one) => [...this.#hangsOn(one).flags.keys()])),
        ),
      ],
    };
  }

  /** Keeps an expression that stands undecided in `at`, a node that was made for it. */
  keep(at: ScalarNode, undecided: Undecided): void {
    const { undecided: all } = this.#sharing;
    all.set(at, [...(all.get(at) ?? []), undecided]);
    this.count(at, undecided);
  }

  /** What is kept of one node is true of the text as it is written, unless something was kept of that before. */
  same(from: ScalarNode, to: ScalarNode): void {
    this.#traces?.note(({ causes }) => causes.same(from, to));
    const undecided = this.#sharing.undecided.get(from);
    if (undecided !== undefined && !this.#written.has(to)) this.#written.set(to, undecided);
  }

  /** An expression that is the text of a value, for which another text may stand. */
  placed(own: ScalarNode, open: ScalarNode, spot: Spot): void {
    const { undecided, spots } = this.#sharing;
    if (own !== open) undecided.set(open, undecided.get(own) ?? []);
    spots.set(own, spot);
    if (!spot.label && open.stand !== undefined) this.stands(open);
  }

  /** A sentence for each expression that is kept of a node; now it matters what they need. */
  sentences(at: ScalarNode): readonly string[] {
    const undecided = this.#undecidedIn(at);
    for (const one of undecided) this.demand(this.#needsOf(one));
    return undecided.map((one) => this.#describe(one));
  }

  #undecidedIn(at: ScalarNode): readonly Undecided[] {
    return this.#sharing.undecided.get(at) ?? this.#written.get(at) ?? [];
  }

  /** Counts it among what may be needed. */
  count(at: ScalarNode, undecided: Undecided): void {
    this.#traces?.note(({ causes }) => causes.count(at, undecided));
    if (this.#open !== undefined) this.#kept.push({ at, undecided });
  }

  /** Takes note of a text for which another stands. */
  stands(open: ScalarNode): void {
    this.#traces?.note(({ causes }) => causes.stands(open));
    if (this.#open !== undefined) this.#standing.push(open);
  }

  /** These must be known. */
  demand(needs: readonly Need[]): void {
    this.#traces?.note(({ causes }) => causes.demand(needs));
    if (needs.length > 0) this.#must.push(needs);
  }

  /** How the pipeline writes the name of a choice. */
  write(id: string, name: string): void {
    this.#traces?.note(({ causes }) => causes.write(id, name));
    this.#open?.write(id, name);
  }

  /** What was asked in vain, and of which other choices the value itself is wanted. */
  #needsOf(undecided: Undecided): Need[] {
    const open = this.#open;
    if (open === undefined || undecided.ours) return [];
    const { flags, chain } = this.#hangsOn(undecided);
    const { needs } = open.listen(() => {
      for (const one of [undecided, ...chain]) {
        const outcome = evaluate(one.expression, environmentOf(one.frame));
        if (one.wanted === 'truth' && outcome.state !== 'failed') toTruth(outcome.value);
      }
    });
    const asked = new Set(needs.map(({ id }) => id));
    const wanted = [...flags.keys()].flatMap((id): Need[] => {
      const knowledge = asked.has(id) ? undefined : open.known(id);
      return knowledge === undefined ? [] : [{ id, knowledge, question: undefined }];
    });
    return [...needs, ...wanted];
  }

  /** What an expression hangs on. */
  #hangsOn({ expression, frame }: Pick<Undecided, 'expression' | 'frame'>): Hangs {
    const found: Hangs = { flags: new Map(), chain: [] };
    this.#collect(expression, frame, found, 0);
    return found;
  }

  #describe({ expression, frame, ours }: Undecided): string {
    const head = `'${excerpt(expression.source.trim())}' cannot be told before the run`;
    if (ours) return `${head}: it takes more than this check spends on expressions, or does what nobody has measured`;
    const choices = this.#hangsOn({ expression, frame }).flags;
    const listed = [...choices.values()].slice(0, MOST_CHOICES);
    if (choices.size > listed.length) listed.push('...');
    const give = listed.length === 0 ? '' : `; to choose, give ${listed.join(' ')}`;
    return `${head}${this.#reason(expression, frame)}${give}`;
  }

  /** The first part of an expression that is not known, in words; nothing when its name says it already. */
  #reason(expression: Expression, frame: Frame): string {
    for (const reference of findReferences(expression)) {
      const [name] = reference.path;
      if (reference.context.toLowerCase() === 'variables' && name !== undefined) {
        if (frame.variables.knows(name)) continue;
        if (isPredefined(name) && !frame.variables.names(name)) return '';
        const source = frame.variables.sourceOf(name);
        if (source === undefined) return `: a template does not see what variable '${name}' is`;
        return `: variable '${name}' is set by ${describeNode(source)} of ${source.file}:${source.line}`;
      }
      const unknown = this.#unknownOf(reference, frame);
      if (unknown === undefined) continue;
      const { what, source } = unknown;
      const above = source?.kind === 'sequence' && source.items.every(isOpen) ? source.items[0] : undefined;
      if (above !== undefined) return `: ${what} may stand under ${describeNode(above)} of ${above.file}:${above.line}`;
      if (source !== undefined) return `: ${what} is ${describeNode(source)} of ${source.file}:${source.line}`;
      if (what.startsWith('parameter') && frame.include !== undefined) return `: ${what} is not known`;
      return '';
    }
    return '';
  }

  /** A parameter or loop variable whose value is not known, and the node that it comes from. */
  #unknownOf(
    { context, path }: Reference,
    { parameters, loops }: Frame,
  ): { readonly what: string; readonly source: YamlNode | undefined } | undefined {
    const loop = loops.get(context.toLowerCase());
    const [name, ...inner] = path;
    if (loop !== undefined) return this.#openAt('', context, loop, path);
    if (context.toLowerCase() !== 'parameters' || name === undefined) return undefined;
    const known = parameters.kind === 'object' ? parameters.entries.get(fold(name))?.value : undefined;
    const unknown = { what: `parameter '${name}'`, source: undefined };
    if (known === undefined) return unknown;
    return this.#openAt('parameter ', name, known, inner) ?? (known.kind === 'unknown' ? unknown : undefined);
  }

  /** The node of the first value on a path that is not wholly known. */
  #openAt(
    kind: string,
    called: string,
    value: Value,
    path: Reference['path'],
  ): { readonly what: string; readonly source: YamlNode } | undefined {
    const source = this.#sharing.values.authored(value);
    const open = source !== undefined && (value.kind === 'unknown' || openIn(source, MOST_CHOICES).length > 0);
    const [name, ...rest] = path;
    const inner =
      value.kind === 'object' && name !== undefined
        ? (value.entries.get(name) ?? value.entries.get(fold(name)))?.value
        : undefined;
    if (inner !== undefined) return this.#openAt(kind, `${called}.${name!}`, inner, rest);
    return open ? { what: `${kind}'${called}'`, source } : undefined;
  }

  /** The flags that would have to be given, by what they choose, through as many files as it takes. */
  #collect(expression: Expression, frame: Frame, into: Hangs, depth: number): void {
    if (depth > LONGEST_CHAIN || into.flags.size > MOST_CHOICES) return;
    for (const reference of findReferences(expression)) {
      const [name] = reference.path;
      if (reference.context.toLowerCase() === 'variables') {
        if (name === undefined || frame.variables.knows(name)) continue;
        if (frame.variables.names(name)) this.#follow(frame.variables.sourceOf(name), into, depth);
        else if (isPredefined(name)) {
          this.write(variableId(name), name);
          into.flags.set(variableId(name), `--variable ${name}=VALUE`);
        }
        continue;
      }
      const unknown = this.#unknownOf(reference, frame);
      if (unknown === undefined) continue;
      if (unknown.source !== undefined) this.#follow(unknown.source, into, depth);
      else if (frame.include === undefined && name !== undefined)
        into.flags.set(parameterId(name), `--parameter ${name}=VALUE`);
    }
  }

  #follow(node: YamlNode | undefined, into: Hangs, depth: number): void {
    for (const open of node === undefined ? [] : openIn(node, MOST_CHOICES))
      for (const undecided of this.#undecidedIn(open)) {
        into.chain.push(undecided);
        this.#collect(undecided.expression, undecided.frame, into, depth + 1);
      }
  }
}
