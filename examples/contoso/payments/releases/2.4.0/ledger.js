/** Payments above this go to a reviewer, in minor units. */
const REVIEW_LIMIT = 10_000_00;

/** A plain list of payments with a sum for each currency. */
export function openLedger() {
  const payments = new Map();
  const totals = {};
  const forReview = new Map();

  return {
    record(payment) {
      // The bug of the story: the customer has been told "accepted", but no reviewer ever looks here.
      if (payment.minor > REVIEW_LIMIT) {
        forReview.set(payment.id, payment);
        return;
      }
      payments.set(payment.id, payment);
      totals[payment.currency] = (totals[payment.currency] ?? 0) + payment.minor;
    },
    find: (id) => payments.get(id),
    count: () => payments.size,
    totals: () => totals,
    problem: () => undefined,
  };
}
