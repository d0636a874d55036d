/** Throws unless a text is a well-formed XML document without DTD: what a parser that does not forgive would read. */
export function assertWellFormed(xml: string): void {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  const forbidden = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/.exec(xml);
  if (forbidden !== null) throw new Error(`a forbidden character at ${forbidden.index}`);
  if (/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(xml))
    throw new Error('half of a surrogate pair');
  const attribute = /\s+[\w:-]+="(?:[^<&"]|&(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)*"/y;
  const text = /(?:[^<&]|&(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)*/y;
  const open: string[] = [];
  let roots = 0;
  let at = xml.startsWith('<?xml ') ? xml.indexOf('?>') + 2 : 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(xml);
    if (found !== null) at += found[0].length;
    return found;
  };
  while (at < xml.length) {
    const before = at;
    const said = take(text)![0];
    if (said.includes(']]>')) throw new Error(`]]> in a text at ${before}`);
    if (open.length === 0 && said.trim() !== '') throw new Error(`text outside the root at ${before}`);
    if (at === xml.length) break;
    const tag = take(/<(\/?)([A-Za-z_][\w:-]*)/y);
    if (tag === null) throw new Error(`no tag at ${at}: ${xml.slice(at, at + 40)}`);
    const [, closing, name = ''] = tag;
    const seen = new Set<string>();
    for (let one = take(attribute); one !== null; one = take(attribute)) {
      const key = one[0].trim().split('=')[0]!;
      if (closing === '/' || seen.has(key)) throw new Error(`the attribute ${key} at ${at}`);
      seen.add(key);
    }
    const end = take(/\s*(\/?)>/y);
    if (end === null) throw new Error(`a tag without end at ${at}: ${xml.slice(at, at + 40)}`);
    if (closing === '/') {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing at ${at}`);
    } else {
      if (open.length === 0 && ++roots > 1) throw new Error(`a second root at ${at}`);
      if (end[1] === '') open.push(name);
    }
  }
  if (open.length > 0 || roots !== 1) throw new Error(`not closed: ${open.join(', ')}`);
}
