/** About how wide a text is in a plain sans-serif font, in the unit of its size. A little too wide rather than too narrow. */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const sign of text) width += widthOf(sign);
  return width * size;
}

function widthOf(sign: string): number {
  if (/[ijl.,:;|!'I]/.test(sign)) return 0.32;
  if (/[ftr()[\] -]/.test(sign)) return 0.42;
  if (/[mwMW@%]/.test(sign)) return 0.92;
  if (/[A-Z_&]/.test(sign)) return 0.72;
  // Signs beyond Latin, Greek and Cyrillic are mostly square.
  return sign.codePointAt(0)! > 0x1100 ? 1.05 : 0.6;
}

/** The text, or as much of both its ends as `most` signs hold: names differ at their ends. */
export function shorten(text: string, most: number): string {
  const signs = Array.from(text);
  if (signs.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  return `${signs.slice(0, head).join('')}…${signs.slice(signs.length - (most - 1 - head)).join('')}`;
}
