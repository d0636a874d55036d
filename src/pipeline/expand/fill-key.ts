import { text as textValue } from '../../expression/value.ts';
import type { ScalarNode } from '../../yaml/node.ts';
import type { Frame, Spot } from './frame.ts';
import type { Run } from './run.ts';

/** A key with its expressions filled; undefined when they cannot be told, or make no text. */
export function fillKey(run: Run, key: ScalarNode, frame: Frame, spot: Spot): ScalarNode | undefined {
  const { expressions, reporter, values } = run;
  const text = expressions.split(key.text);
  switch (text.kind) {
    case 'plain':
      return key;
    case 'broken':
      reporter.fault(key, text.message);
      return undefined;
    case 'sole': {
      const value = expressions.evaluate(text.source, frame, key, spot.inert);
      const made = value === undefined ? undefined : values.toNode(value, key);
      if (made !== undefined && made.kind !== 'scalar') reporter.fault(key, 'Expected a scalar value');
      return made?.kind === 'scalar' ? made : undefined;
    }
    case 'mixed': {
      const written = expressions.interpolate(text.segments, frame, key, { ...spot, names: false });
      return typeof written !== 'string' ? undefined : values.scalar(textValue(written), key);
    }
  }
}
