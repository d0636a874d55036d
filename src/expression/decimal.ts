/**
 * A number of the expression language, in units of 10^-28: the service computes with .NET decimals, so `0.1` is exact
 * and a run id of twenty digits is not rounded. Beyond 28 significant digits the service rounds and we do not.
 */
export type Decimal = bigint;

const DECIMALS = 28;
/** Decimals that survive the way to text; the service's own format, inferred from the open SDK. */
const SHOWN_DECIMALS = 7;
const ONE = 10n ** BigInt(DECIMALS);
const LARGEST = (2n ** 96n - 1n) * ONE;

const LITERAL = /^(-?)(?:(\d+)\.?(\d*)|\.(\d+))$/;
// Sign, spaces around and thousands separators, as .NET reads them: measured for `0.5` and `1,000`.
const IN_TEXT = /^[\t-\r ]*([+-]?)(?:(\d[\d,]*)(?:\.(\d*))?|\.(\d+))[\t-\r ]*$/;

/** The number that a literal of the language stands for: plain decimal, no exponent, no hex, no plus (measured). */
export function parseLiteral(text: string): Decimal | undefined {
  return fromMatch(LITERAL.exec(text));
}

/** The number in a text that is converted: spaces around, a sign and thousands separators are allowed. */
export function parseText(text: string): Decimal | undefined {
  return fromMatch(IN_TEXT.exec(text));
}

/** The decimal nearest to a finite JavaScript number, as a YAML reader delivers it. */
export function fromNumber(value: number): Decimal | undefined {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)\.?(\d*)$/.exec(mantissa) ?? [];
  if (whole === '') return undefined;
  const shift = DECIMALS - fraction.length + Number(exponent);
  if (shift > 2 * DECIMALS) return undefined;
  const digits = BigInt(whole + fraction);
  const units = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
  return inRange(sign === '-' ? -units : units);
}

/** Text without thousands separators and without trailing zeros: `1.0` is `1`, `.5` is `0.5` (measured). */
export function formatDecimal(value: Decimal): string {
  const size = value < 0n ? -value : value;
  const step = 10n ** BigInt(DECIMALS - SHOWN_DECIMALS);
  const rounded = (size + step / 2n) / step;
  const whole = rounded / 10n ** BigInt(SHOWN_DECIMALS);
  const fraction = String(rounded % 10n ** BigInt(SHOWN_DECIMALS))
    .padStart(SHOWN_DECIMALS, '0')
    .replace(/0+$/, '');
  const sign = value < 0n && rounded > 0n ? '-' : '';
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The decimal of a whole number. */
export function whole(value: number): Decimal {
  return BigInt(value) * ONE;
}

/** The position in a list that a number means: rounded down, undefined when negative or beyond any list (measured). */
export function toIndex(value: Decimal): number | undefined {
  if (value < 0n) return undefined;
  const index = Number(value / ONE);
  return Number.isSafeInteger(index) ? index : undefined;
}

function fromMatch(match: RegExpExecArray | null): Decimal | undefined {
  if (match === null) return undefined;
  const digits = (match[2] ?? '').replace(/,/g, '').replace(/^0+/, '');
  // Longer is out of range anyway, and reading thousands of digits is not linear.
  if (digits.length > 29) return undefined;
  const fraction = (match[3] ?? match[4] ?? '').slice(0, DECIMALS).padEnd(DECIMALS, '0');
  const units = BigInt(digits + fraction);
  return inRange(match[1] === '-' ? -units : units);
}

function inRange(value: Decimal): Decimal | undefined {
  return value > LARGEST || value < -LARGEST ? undefined : value;
}
