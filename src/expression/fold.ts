/**
 * Text in the form under which the service compares and looks up names: each character to upper case on its own, as
 * .NET's OrdinalIgnoreCase does. JavaScript's own upper case would make `ß` equal to `ss`.
 */
export function fold(text: string): string {
  return map(text, (char) => char.toUpperCase());
}

/** `upper(...)` of the language: one character stays one character. */
export function toUpper(text: string): string {
  return fold(text);
}

/** `lower(...)` of the language: one character stays one character. */
export function toLower(text: string): string {
  return map(text, (char) => char.toLowerCase());
}

function map(text: string, change: (char: string) => string): string {
  // oxlint-disable-next-line no-control-regex -- the range is ASCII
  if (/^[\u0000-\u007F]*$/.test(text)) return change(text);
  let changed = '';
  for (const char of text) {
    const other = change(char);
    // A letter outside ASCII never becomes one inside: the dotless i is not an I.
    changed += other.length === char.length && (other > '\u007F' || char <= '\u007F') ? other : char;
  }
  return changed;
}
