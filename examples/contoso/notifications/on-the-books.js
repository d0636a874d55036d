import { getJson, Refused } from '@contoso/payments-core/http.js';

/** Asks payments, where PAYMENTS_URL says where it is, so that nobody is told of a payment that was lost. */
export async function assertOnTheBooks(paymentId) {
  const payments = process.env.PAYMENTS_URL;
  if (!payments || paymentId === undefined) return;
  const { status } = await getJson(new URL(`/api/payments?id=${encodeURIComponent(paymentId)}`, payments)).catch(() => {
    throw new Refused(502, 'payments cannot be asked at the moment');
  });
  if (status === 404) throw new Refused(409, 'payments does not know this payment');
  if (status !== 200) throw new Refused(502, `payments answered ${status}`);
}
