/** A plain list of payments with a sum for each currency. */
export function openLedger() {
  const payments = new Map();
  const totals = {};

  return {
    record(payment) {
      payments.set(payment.id, payment);
      totals[payment.currency] = (totals[payment.currency] ?? 0) + payment.minor;
    },
    find: (id) => payments.get(id),
    count: () => payments.size,
    totals: () => totals,
    problem: () => undefined,
  };
}
