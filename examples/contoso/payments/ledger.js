/** The clearing house takes at most this much in one entry, in minor units. */
const CLEARING_LIMIT = 10_000_00;

/** A double-entry ledger: what customers owe and what was earned cancel out, in each currency. */
export function openLedger() {
  const payments = new Map();
  const owed = {};
  const earned = {};

  return {
    record(payment) {
      payments.set(payment.id, payment);
      for (let rest = payment.minor; rest > 0; rest -= CLEARING_LIMIT) {
        const part = Math.min(rest, CLEARING_LIMIT);
        post(owed, payment.currency, part);
        post(earned, payment.currency, -part);
      }
    },
    find: (id) => payments.get(id),
    count: () => payments.size,
    totals: () => owed,
    problem: () =>
      Object.keys(owed).every((currency) => owed[currency] + earned[currency] === 0)
        ? undefined
        : 'ledger out of balance',
  };
}

function post(account, currency, minor) {
  account[currency] = (account[currency] ?? 0) + minor;
}
