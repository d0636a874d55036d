import type { Directive } from '../../expression/directive.ts';
import type { MappingEntry, ScalarNode, YamlNode } from '../../yaml/node.ts';
import { stateAfter, stepOf, type ChainState } from './chain.ts';
import type { Frame, Spot } from './frame.ts';
import { itemsOf, wrongName } from './loops.ts';
import { hasReference } from './node-facts.ts';
import type { Run } from './run.ts';

/** What a directive makes of its body: nothing, one copy, or one a round; or it cannot be told. */
type Bodies = readonly { readonly node: YamlNode; readonly frame: Frame }[] | 'keep';

/** Decides directives: which bodies are there, and what each of them sees. Expanding the bodies is the walker's. */
export class Directives {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  /** The directive that a key is, if it is one. */
  read(key: ScalarNode): Directive | 'faulty' | undefined {
    if (!key.text.includes('${{')) return undefined;
    const directive = this.#run.sharing.expressions.directive(key.text);
    if (directive === undefined || !('error' in directive)) return directive;
    this.#run.reporter.fault(key, directive.error);
    return 'faulty';
  }

  /** @param chain where the directives before it in the same mapping or list have got to */
  decide(
    directive: Directive,
    { key, value }: MappingEntry,
    frame: Frame,
    spot: Spot,
    chain: ChainState,
  ): { readonly bodies: Bodies; readonly state: ChainState } {
    const once = [{ node: value, frame }];
    switch (directive.kind) {
      case 'insert':
        return { bodies: once, state: 'none' };
      case 'each':
        return { bodies: this.#rounds(directive, key, value, frame, spot), state: 'none' };
      case 'if':
      case 'elseif':
      case 'else': {
        const { kind } = directive;
        const step = stepOf(kind, chain);
        if (step === 'orphan')
          this.#run.reporter.fault(key, `The expression directive '${kind}' is not supported in this context`);
        const condition = 'condition' in directive && step === 'evaluate' ? directive.condition.source : undefined;
        const truth = condition === undefined ? undefined : this.#truth(condition, key, value, frame, spot);
        const state = stateAfter(kind, chain, truth);
        if (step === 'keep' || truth === 'unknown') return { bodies: 'keep', state };
        return { bodies: step === 'take' || truth === 'true' ? once : [], state };
      }
    }
  }

  #truth(source: string, key: ScalarNode, body: YamlNode, frame: Frame, spot: Spot): 'true' | 'false' | 'unknown' {
    return this.#run.expressions.truth(source, frame, key, spot.inert && !hasReference(body));
  }

  /** One frame for every item, or for every pair of a mapping in its written order (measured). */
  #rounds(
    { name, collection }: Directive & { kind: 'each' },
    key: ScalarNode,
    body: YamlNode,
    frame: Frame,
    spot: Spot,
  ): Bodies {
    const { expressions, reporter, budget } = this.#run;
    const variable = name.source;
    const wrong = wrongName(variable, frame);
    if (wrong !== undefined) {
      reporter.fault(key, wrong);
      return [];
    }
    const value = expressions.evaluate(collection.source, frame, key, spot.inert && !hasReference(body));
    if (
      value === undefined ||
      (value.kind === 'object' && value.missing !== 'error' && value.missing.kind === 'unknown')
    ) {
      if (value !== undefined) reporter.cannotTell(key, `not all keys are known of '${collection.source}'`);
      return 'keep';
    }
    const items = itemsOf(value);
    if (value.kind === 'string' && value.value === '') {
      reporter.cannotTell(
        key,
        `nobody has measured a loop over an empty text, as '${collection.source}' is here; a list without items is written []`,
      );
      return 'keep';
    }
    if (items === undefined) {
      // The sentence is known from transcripts of text.
      reporter.fault(
        key,
        `Expected a sequence or mapping. Actual value '${'value' in value ? String(value.value) : ''}'`,
      );
      return [];
    }
    return items.map((item) => {
      budget.take(key);
      return { node: body, frame: { ...frame, loops: new Map([...frame.loops, [variable.toLowerCase(), item]]) } };
    });
  }
}
