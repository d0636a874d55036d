import assert from 'node:assert/strict';
import { evaluateThreeValued, type Verdict } from '../../src/expression/condition.ts';
import { toText } from '../../src/expression/convert.ts';
import { environment, evaluate, type Environment } from '../../src/expression/evaluate.ts';
import type { Outcome } from '../../src/expression/outcome.ts';
import { parseExpression } from '../../src/expression/parse.ts';
import type { Place } from '../../src/expression/places.ts';
import type { Expression } from '../../src/expression/syntax.ts';
import { array, context, fromYaml, type Value } from '../../src/expression/value.ts';

/** The tree of an expression that must be right. */
export function parsed(source: string, place: Place = 'template', names: Iterable<string> = []): Expression {
  const result = parseExpression(source, { place, names });
  if ('error' in result) assert.fail(`${source.slice(0, 100)}: ${result.error.message}`);
  return result.expression;
}

/** The refusal of an expression that must be wrong. */
export function refusal(source: string, place: Place = 'template', names: Iterable<string> = []): string {
  const result = parseExpression(source, { place, names });
  return 'error' in result ? result.error.message : assert.fail(`${source} was accepted`);
}

/** A template's environment: parameters as YAML wrote them, variables as text, loop variables as they are. */
export function template(
  parameters: Readonly<Record<string, unknown>>,
  variables: Readonly<Record<string, string>> = {},
  loops: Readonly<Record<string, Value>> = {},
): Environment {
  return environment({
    parameters: context(
      Object.entries(parameters).map(([key, value]) => [key, fromYaml(value)] as const),
      'error',
    ),
    variables: context(Object.entries(variables).map(([key, value]) => [key, fromYaml(value)] as const)),
    ...loops,
  });
}

export function outcomeOf(source: string, within: Environment = template({}), place: Place = 'template'): Outcome {
  return evaluate(parsed(source, place, within.contexts.keys()), within);
}

/** What an expression yields, as short text: `'text'`, `12`, `True`, `null`, `[1, 'a']`, `?`, or `! message`. */
export function show(source: string, within: Environment = template({}), place: Place = 'template'): string {
  const outcome = outcomeOf(source, within, place);
  if (outcome.state === 'failed') return `! ${outcome.error.message}`;
  return outcome.state === 'value' ? shown(outcome.value) : `${shown(outcome.value)} or ! ${outcome.error.message}`;
}

export function shown(value: Value): string {
  switch (value.kind) {
    case 'unknown':
      return `?${value.kinds.join('|')}`;
    case 'null':
      return 'null';
    case 'string':
      return `'${value.value}'`;
    case 'version':
      return `v${value.parts.join('.')}`;
    case 'array':
      return `[${value.items.map(shown).join(', ')}]`;
    case 'object':
      return `{${[...value.entries.values()].map((entry) => `${entry.key}: ${shown(entry.value)}`).join(', ')}}`;
    case 'boolean':
    case 'number':
      return toText(value) ?? '';
  }
}

export function verdict(source: string, within: Environment, place: Place = 'condition'): Verdict {
  return evaluateThreeValued(parsed(source, place), within);
}

/** The context `dependencies` of a job: the result and outputs of each direct dependency. */
export function dependencies(results: Readonly<Record<string, Value>>): Value {
  return context(
    Object.entries(results).map(
      ([name, result]) =>
        [
          name,
          context([
            ['result', result],
            ['outputs', context([])],
          ]),
        ] as const,
    ),
  );
}

export function list(...items: readonly Value[]): Value {
  return array(items);
}
