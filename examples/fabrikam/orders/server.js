import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { openBook } from './book.js';

const LARGEST_BODY = 4096;
const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));
const book = openBook();

/** By method and path; each answers a status, and what is sent as JSON. */
const routes = {
  'GET /health': () => {
    const reason = book.problem();
    return reason === undefined
      ? [200, { status: 'healthy', version }]
      : [503, { status: 'unhealthy', version, reason }];
  },
  'GET /api/version': () => [200, { version }],
  'POST /api/orders': async (request) => {
    const { quantity } = await readJson(request);
    if (!Number.isInteger(quantity) || quantity < 1) return [422, { error: 'quantity must be a whole number above 0' }];
    return book.take(quantity) ? [202, { status: 'accepted' }] : [409, { error: 'not in stock' }];
  },
};

const server = createServer({ requestTimeout: 10_000 }, async (request, response) => {
  const [status, body] = await answer(request).catch((error) => [400, { error: error.message }]);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});
server.listen(process.env.PORT ?? '8080');
process.once('SIGTERM', () => server.close(() => process.exit(0)));

async function answer(request) {
  const route = `${request.method} ${request.url}`;
  return Object.hasOwn(routes, route) ? routes[route](request) : [404, { error: `no such route: ${route}` }];
}

async function readJson(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > LARGEST_BODY) throw new Error('the order is too long');
  }
  return Object(JSON.parse(text));
}
