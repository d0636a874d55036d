import { parseExpression } from '../../expression/parse.ts';
import { isContextAt } from '../../expression/places.ts';
import { context, text, type Value } from '../../expression/value.ts';
import type { Frame } from './frame.ts';

/**
 * Observed: null has no items, and is no fault; the `key` and `value` of a mapping's items are read in any case
 * (`pair.Key`), though keys of the objects themselves are not.
 */
export function itemsOf(value: Value): readonly Value[] | undefined {
  if (value.kind === 'null') return [];
  if (value.kind === 'array') return value.items;
  if (value.kind !== 'object') return undefined;
  const known = pairs.get(value);
  if (known !== undefined) return known;
  const made = [...value.entries.values()].map((entry) =>
    context([
      ['key', text(entry.key)],
      ['value', entry.value],
    ]),
  );
  pairs.set(value, made);
  return made;
}

/** The same pairs for the same mapping, so that what was made of them can be known again. */
const pairs = new WeakMap<Value, readonly Value[]>();

/** Measured: the name of a loop is read as an expression, and collides with functions, contexts and outer loops. */
export function wrongName(name: string, { loops }: Frame): string | undefined {
  if (isContextAt('template', name) || loops.has(name.toLowerCase()))
    return `The idenfifier '${name}' has already been defined within the current scope`;
  const read = parseExpression(name, { place: 'template', names: [name] });
  if ('error' in read) return read.error.message;
  return read.expression.root.type === 'context' ? undefined : `an 'each' needs a name before 'in', not '${name}'`;
}
