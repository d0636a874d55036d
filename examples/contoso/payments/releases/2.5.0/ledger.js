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
      // The bug of this release: what is above the clearing limit is owed, but never earned.
      post(owed, payment.currency, payment.minor);
      post(earned, payment.currency, -Math.min(payment.minor, CLEARING_LIMIT));
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
