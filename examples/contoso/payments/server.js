import { randomUUID } from 'node:crypto';
import { Refused, release, serve } from '@contoso/payments-core/http.js';
import { readPayment } from '@contoso/payments-core/payment.js';
import { openLedger } from './ledger.js';

const MOST_PAYMENTS = 100_000; // the example keeps them in memory

const running = release(import.meta.url);
const ledger = openLedger();
let accepted = 0;

serve({
  'GET /health': () => {
    const reason = ledger.problem();
    return reason === undefined
      ? { status: 200, body: { status: 'healthy', version: running.version } }
      : { status: 503, body: { status: 'unhealthy', version: running.version, reason } };
  },
  'GET /api/version': () => ({ status: 200, body: running }),
  'POST /api/payments': ({ body }) => {
    if (accepted >= MOST_PAYMENTS) throw new Refused(507, 'the ledger is full');
    const payment = { id: randomUUID(), ...readPayment(body) };
    accepted += 1;
    ledger.record(payment);
    return { status: 202, body: { id: payment.id, status: 'accepted' } };
  },
  'GET /api/payments': ({ url }) => {
    const payment = ledger.find(url.searchParams.get('id') ?? '');
    if (payment === undefined) throw new Refused(404, 'no payment with this id is on the books');
    return { status: 200, body: { id: payment.id, amount: payment.minor / 100, currency: payment.currency } };
  },
  'GET /api/payments/total': () => {
    const totals = Object.entries(ledger.totals()).map(([currency, minor]) => [currency, minor / 100]);
    return { status: 200, body: { count: ledger.count(), totals: Object.fromEntries(totals) } };
  },
});
