import { randomUUID } from 'node:crypto';
import { Refused, release, serve } from '@contoso/payments-core/http.js';
import { formatAmount, readPayment } from '@contoso/payments-core/payment.js';
import { assertOnTheBooks } from './on-the-books.js';

const MOST_KEPT = 1_000;

const running = release(import.meta.url);
const outbox = [];

serve({
  'GET /health': () => ({ status: 200, body: { status: 'healthy', version: running.version, outbox: outbox.length } }),
  'GET /api/version': () => ({ status: 200, body: running }),
  'POST /api/notify': async ({ body }) => {
    const { to, paymentId } = Object(body);
    if (typeof to !== 'string' || !/^[^\s@]+@[^\s@]+$/.test(to)) throw new Refused(422, 'to must be a mail address');
    const payment = readPayment(body);
    await assertOnTheBooks(paymentId);
    const message = { id: randomUUID(), to, text: `Your payment of ${formatAmount(payment)} has arrived.` };
    outbox.push(message);
    if (outbox.length > MOST_KEPT) outbox.shift();
    return { status: 202, body: message };
  },
});
