import { Refused } from './http.js';

const LARGEST = 10_000_000;

/**
 * Reads `{ amount, currency }` as a client sent it. Amounts are kept in minor units (cents), so that sums are exact.
 * @param {unknown} body
 * @returns {{ minor: number, currency: string }}
 */
export function readPayment(body) {
  const { amount, currency } = Object(body);
  if (typeof amount !== 'number' || !(amount > 0) || amount > LARGEST) {
    throw new Refused(422, `amount must be a number above 0 and at most ${LARGEST}`);
  }
  const minor = Math.round(amount * 100);
  if (minor === 0 || Math.abs(amount * 100 - minor) > 1e-6) {
    throw new Refused(422, 'amount must not have more than two decimals');
  }
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) {
    throw new Refused(422, 'currency must be three capital letters, such as EUR');
  }
  return { minor, currency };
}

/** 1200000, EUR -> "12,000.00 EUR" */
export function formatAmount({ minor, currency }) {
  const [whole, cents] = (minor / 100).toFixed(2).split('.');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${cents} ${currency}`;
}
