/**
 * Templates of server tasks, as far as published tasks show them: `$(name)`, `{{name}}`, `{{#if name}}`,
 * `{{#equals a b}}`, `{{#notEquals a b}}` and `{{toDateTimeFormat time format}}`.
 */
export type TemplateNode =
  | { readonly type: 'text'; readonly text: string }
  /** `$(name)`, or with braces. */
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'call'; readonly name: string; readonly args: readonly Operand[] }
  | {
      readonly type: 'block';
      readonly name: Block;
      readonly args: readonly Operand[];
      readonly body: readonly TemplateNode[];
    };

/** A name, or a quoted text that is itself a template without blocks. */
export type Operand =
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'text'; readonly body: readonly TemplateNode[] };

const BLOCKS = { if: [1, 1], equals: [2, 3], notEquals: [2, 3] } as const;
type Block = keyof typeof BLOCKS;
const CALLS: Readonly<Record<string, number>> = { toDateTimeFormat: 2 };

const PIECE = /\$\(([A-Za-z_][\w.]*)\)|\{\{\{?\s*([#/]?)([A-Za-z_][\w.]*)((?:\s+(?:'[^']*'|[\w.]+))*)\s*\}?\}\}/g;

/**
 * The tree of a template.
 * @throws Error that names a block that is not closed, or a helper that is not known
 */
export function parseTemplate(source: string): readonly TemplateNode[] {
  const root: TemplateNode[] = [];
  const open: { name: Block; args: readonly Operand[]; body: TemplateNode[] }[] = [];
  const here = (): TemplateNode[] => open.at(-1)?.body ?? root;
  let from = 0;
  for (const match of source.matchAll(PIECE)) {
    plain(source.slice(from, match.index), here());
    from = match.index + match[0].length;
    const [whole, variable, sign = '', name = '', rest = ''] = match;
    if (variable !== undefined) {
      here().push({ type: 'name', name: variable });
      continue;
    }
    const args = operands(rest);
    if (sign === '#') open.push({ name: blockOf(name, args.length, whole), args, body: [] });
    else if (sign === '/') {
      const closed = open.pop();
      if (closed?.name !== name)
        throw new Error(`${whole} closes ${closed === undefined ? 'nothing' : `{{#${closed.name}}}`}`);
      here().push({ type: 'block', ...closed });
    } else if (args.length === 0) here().push({ type: 'name', name });
    else if (CALLS[name] === args.length) here().push({ type: 'call', name, args });
    else throw new Error(`${whole} is no helper that is known, or has too many or too few arguments`);
  }
  plain(source.slice(from), here());
  const left = open.at(-1);
  if (left !== undefined) throw new Error(`{{#${left.name}}} is not closed`);
  return root;
}

/** Every input or variable that a template names, in order. */
export function namesIn(nodes: readonly TemplateNode[]): string[] {
  return nodes.flatMap((node) => {
    if (node.type === 'text') return [];
    if (node.type === 'name') return [node.name];
    const named = node.args.flatMap((arg) => (arg.type === 'name' ? [arg.name] : namesIn(arg.body)));
    return node.type === 'block' ? [...named, ...namesIn(node.body)] : named;
  });
}

function plain(text: string, into: TemplateNode[]): void {
  if (text.includes('{{') || text.includes('$(')) throw new Error(`'${text}' has a template that is not known`);
  if (text !== '') into.push({ type: 'text', text });
}

function operands(source: string): Operand[] {
  return [...source.matchAll(/'([^']*)'|([\w.]+)/g)].map(([, text, name = '']) =>
    text === undefined ? { type: 'name', name } : { type: 'text', body: parseTemplate(text) },
  );
}

function blockOf(name: string, args: number, whole: string): Block {
  const block = (Object.keys(BLOCKS) as Block[]).find((one) => one === name);
  if (block === undefined) throw new Error(`${whole} is no block that is known`);
  const [least, most] = BLOCKS[block];
  if (args < least || args > most) throw new Error(`${whole} has too many or too few arguments`);
  return block;
}
