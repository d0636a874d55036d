/**
 * What a JSON path selects, in the part of the language that published server tasks show: names, `['names']`, indexes,
 * `[*]`, and filters of one comparison (`[?(@.price<50)]`). The leading `$` may be left out (documented).
 * @throws Error for whatever is not known here: it is never taken for nothing found
 */
export function selectJson(document: unknown, path: string): unknown[] {
  const step =
    /\.?([A-Za-z_]\w*)|\.?\['([^']*)'\]|\[(-?\d+)\]|(\[\*\]|\.\*)|\[\?\(@\.([A-Za-z_]\w*)\s*(==|!=|<=|>=|<|>)\s*('[^']*'|-?\d+(?:\.\d+)?)\)\]/y;
  step.lastIndex = path.startsWith('$') ? 1 : 0;
  let found: unknown[] = [document];
  while (step.lastIndex < path.length) {
    const at = step.lastIndex;
    const match = step.exec(path);
    if (match === null) throw new Error(`'${path.slice(at)}' is no step of a JSON path that is known`);
    const [, name, quoted, index, all, field, sign, literal] = match;
    if (index !== undefined) found = found.flatMap((one) => at_(one, Number(index)));
    else if (all !== undefined) found = found.flatMap(inside);
    else if (field !== undefined && sign !== undefined && literal !== undefined) {
      const wanted: unknown = literal.startsWith("'") ? literal.slice(1, -1) : Number(literal);
      found = found.flatMap(inside).filter((one) => member(one, field).some((value) => compares(value, sign, wanted)));
    } else found = found.flatMap((one) => member(one, name ?? quoted ?? ''));
  }
  return found;
}

/** A member that is there is selected, also where it is null. */
function member(value: unknown, name: string): unknown[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return [];
  return [(value as Record<string, unknown>)[name]];
}

function at_(value: unknown, index: number): unknown[] {
  if (!Array.isArray(value)) return [];
  return value.slice(index, index === -1 ? undefined : index + 1);
}

function inside(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function compares(value: unknown, sign: string, wanted: unknown): boolean {
  if (typeof value !== typeof wanted) return sign === '!=';
  const [a, b] = [value as string | number, wanted as string | number];
  switch (sign) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    default:
      return a >= b;
  }
}
