import { parseTemplate, type Operand, type TemplateNode } from '../../src/build/server-template.ts';

/** A value by its name: an input, a variable, a field of the connection. */
export type Lookup = (name: string) => string | undefined;

/**
 * A template with everything filled in. A name that nobody knows stays as it stands, as the service leaves it in place.
 * @throws Error for a time that is none
 */
export function fill(template: string, lookup: Lookup): string {
  return filled(parseTemplate(template), lookup);
}

function filled(nodes: readonly TemplateNode[], lookup: Lookup): string {
  return nodes.map((node) => one(node, lookup)).join('');
}

function one(node: TemplateNode, lookup: Lookup): string {
  switch (node.type) {
    case 'text':
      return node.text;
    case 'name':
      return lookup(node.name) ?? `$(${node.name})`;
    case 'call': {
      const [time = '', format = ''] = node.args.map((arg) => operand(arg, lookup));
      return formatTime(time, format);
    }
    case 'block':
      return applies(node, lookup) ? filled(node.body, lookup) : '';
  }
}

function applies(node: Extract<TemplateNode, { type: 'block' }>, lookup: Lookup): boolean {
  const [left = '', right = '', ignoreCase = ''] = node.args.map((arg) => operand(arg, lookup));
  if (node.name === 'if') return left !== '' && left.toLowerCase() !== 'false';
  const same = ignoreCase === '1' ? left.toLowerCase() === right.toLowerCase() : left === right;
  return same === (node.name === 'equals');
}

function operand(arg: Operand, lookup: Lookup): string {
  if (arg.type === 'text') return filled(arg.body, lookup);
  return /^\d+$/.test(arg.name) ? arg.name : (lookup(arg.name) ?? '');
}

/** The custom formats of .NET, as far as gates use them. A time without zone is UTC. */
function formatTime(time: string, format: string): string {
  const date = new Date(/(?:Z|GMT|[+-]\d\d:\d\d)$/.test(time) ? time : `${time}Z`);
  if (Number.isNaN(date.getTime())) throw new Error(`'${time}' is no time`);
  const [day = '', clock = ''] = date.toISOString().slice(0, 19).split('T');
  const [yyyy = '', MM = '', dd = ''] = day.split('-');
  const [HH = '', mm = '', ss = ''] = clock.split(':');
  const parts: Readonly<Record<string, string>> = { yyyy, MM, dd, HH, mm, ss };
  return format.replace(/yyyy|MM|dd|HH|mm|ss/g, (part) => parts[part]!);
}
