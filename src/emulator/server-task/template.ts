/** A value by its name: an input, a variable, a field of the connection. */
export type Lookup = (name: string) => string | undefined;

/** `$(name)`, `{{name}}`, `{{{name}}}`, `{{#block a b}}`, `{{/block}}`, `{{helper a b}}`, with names and quoted texts. */
const PIECE = /\$\(([A-Za-z_][\w.]*)\)|\{\{\{?\s*([#/]?)([A-Za-z_][\w.]*)((?:\s+(?:'[^']*'|[\w.]+))*)\s*\}?\}\}/g;

interface Block {
  readonly name: string;
  readonly applies: boolean;
  /** Filled in so far. */
  text: string;
}

/**
 * A template of a server task with everything filled in, as far as published tasks show templates. A name that nobody knows
 * stays as it stands, as the service leaves it in place.
 * @throws Error for a block or helper that is not known, and for a time that is none
 */
export function fill(template: string, lookup: Lookup): string {
  const root: Block = { name: '', applies: true, text: '' };
  const open: Block[] = [root];
  const add = (text: string): void => void (open.at(-1)!.text += text);
  let from = 0;
  for (const match of template.matchAll(PIECE)) {
    add(plain(template.slice(from, match.index)));
    from = match.index + match[0].length;
    const [whole, variable, sign, name = '', rest = ''] = match;
    const args = [...rest.matchAll(/'([^']*)'|([\w.]+)/g)].map(([, text, word = '']) =>
      text === undefined ? named(word, lookup) : fill(text, lookup),
    );
    if (variable !== undefined) add(lookup(variable) ?? whole);
    else if (sign === '#') open.push({ name, applies: applies(name, args, whole), text: '' });
    else if (sign === '/') {
      const closed = open.length > 1 ? open.pop()! : root;
      if (closed.name !== name)
        throw new Error(`${whole} closes ${closed === root ? 'nothing' : `{{#${closed.name}}}`}`);
      if (closed.applies) add(closed.text);
    } else if (!open.every((block) => block.applies)) continue;
    else if (rest === '') add(lookup(name) ?? `$(${name})`);
    else if (name === 'toDateTimeFormat' && args.length === 2) add(formatTime(args[0]!, args[1]!));
    else throw new Error(`${whole} is no helper that is known, or has too many or too few arguments`);
  }
  add(plain(template.slice(from)));
  const left = open.at(-1)!;
  if (left !== root) throw new Error(`{{#${left.name}}} is not closed`);
  return root.text;
}

function named(word: string, lookup: Lookup): string {
  return /^\d+$/.test(word) ? word : (lookup(word) ?? '');
}

function applies(block: string, [left = '', right = '', ignoreCase = '']: readonly string[], whole: string): boolean {
  const same = ignoreCase === '1' ? left.toLowerCase() === right.toLowerCase() : left === right;
  switch (block) {
    case 'if':
      return left !== '' && left.toLowerCase() !== 'false';
    case 'equals':
      return same;
    case 'notEquals':
      return !same;
    default:
      throw new Error(`${whole} is no block that is known`);
  }
}

function plain(text: string): string {
  if (text.includes('{{') || text.includes('$(')) throw new Error(`'${text}' has a template that is not known`);
  return text;
}

/** The custom formats of .NET, as far as tasks here use them. A time without zone is UTC. */
function formatTime(time: string, format: string): string {
  const date = new Date(/(?:Z|GMT|[+-]\d\d:\d\d)$/.test(time) ? time : `${time}Z`);
  if (Number.isNaN(date.getTime())) throw new Error(`'${time}' is no time`);
  const [yyyy = '', MM = '', dd = '', HH = '', mm = '', ss = ''] = date.toISOString().split(/[-T:.]/);
  const parts: Readonly<Record<string, string>> = { yyyy, MM, dd, HH, mm, ss };
  return format.replace(/yyyy|MM|dd|HH|mm|ss/g, (part) => parts[part]!);
}
