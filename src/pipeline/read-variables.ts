import { isNull, type MappingEntry, type YamlNode } from '../yaml/node.ts';
import type { VariableScope } from './model.ts';
import { isTemplated, type PipelineReading } from './reading.ts';

export const NO_VARIABLES: VariableScope = { values: new Map(), macros: new Map(), open: false };

/** Text that stands for something else until the run: a macro, a runtime or a template expression. */
const LATER = /\$[([]|\$\{\{/;

/** Text whose only riddles are macros: with the values of other variables it is known. */
const MACROS = /^(?:(?!\$\[|\$\{\{)[\s\S])*\$\((?:(?!\$\[|\$\{\{)[\s\S])*$/;

/**
 * Reads `variables` in its forms: a mapping, or a list of `name`/`value`, `group` and `template`. What a group or template
 * defines is not known, and neither is a value that the run computes.
 */
export function readVariables(entry: MappingEntry | undefined, reading: PipelineReading): VariableScope {
  if (entry === undefined || isNull(entry.value)) return NO_VARIABLES;
  const values = new Map<string, string | undefined>();
  const macros = new Map<string, string>();
  let open = false;
  // A group may define what stands before it anew; of what stands behind it the last word is known.
  const openUp = (): void => {
    open = true;
    for (const name of values.keys()) values.set(name, undefined);
    macros.clear();
  };
  const define = (name: string, value: YamlNode | undefined): void => {
    values.set(name.toLowerCase(), value?.kind === 'scalar' && !LATER.test(value.text) ? value.text : undefined);
    // What stands for a text that is not known may name things, and decides no condition.
    const stand = value?.kind === 'scalar' ? value.stand : undefined;
    if (stand !== undefined && !stand.includes('$[')) macros.set(name.toLowerCase(), stand);
    else if (value?.kind === 'scalar' && MACROS.test(value.text)) macros.set(name.toLowerCase(), value.text);
    else macros.delete(name.toLowerCase());
  };
  if (entry.value.kind === 'mapping') {
    for (const { key, value } of entry.value.entries) {
      if (isTemplated(key)) openUp();
      else define(key.text, value);
    }
    return { values, macros, open };
  }
  if (entry.value.kind === 'scalar') return { values, macros, open: true };
  for (const item of entry.value.items) {
    const fields = item.kind === 'mapping' ? reading.fields(item, 'a variable') : undefined;
    const name = fields?.get('name')?.value;
    if (name?.kind === 'scalar' && !isTemplated(name)) define(name.text, fields?.get('value')?.value);
    else openUp();
  }
  return { values, macros, open };
}
