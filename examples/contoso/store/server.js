import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { page } from './page.js';
import { versionOf } from './neighbour.js';

const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));
const slot = process.env.WEBSITE_SLOT_NAME;

/** By path; the store only reads. */
const routes = {
  '/': async () => ({
    type: 'text/html; charset=utf-8',
    text: page(version, await versionOf(process.env.PAYMENTS_URL)),
  }),
  '/health': () => json({ status: 'healthy', version }),
  '/api/version': () => json(slot === undefined ? { version } : { version, slot }),
};

const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
  void respond(request, response);
});
server.listen(process.env.PORT ?? '8080', () => {
  const address = server.address();
  console.log(`listening on ${typeof address === 'string' ? address : address.port}`);
});
process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  setTimeout(() => process.exit(0), 5_000).unref();
});

async function respond(request, response) {
  request.resume(); // a body is never read into memory
  const answered = await answer(request).catch((error) => {
    console.error(error);
    return { status: 500, type: 'text/plain', text: 'internal error' };
  });
  response.writeHead(answered.status ?? 200, { 'content-type': answered.type }).end(answered.text);
}

async function answer({ method, url }) {
  const [path] = url.split('?');
  if (!Object.hasOwn(routes, path)) return { status: 404, type: 'text/plain', text: 'no such page' };
  if (method !== 'GET') return { status: 405, type: 'text/plain', text: 'only GET is answered here' };
  return routes[path]();
}

function json(body) {
  return { type: 'application/json', text: JSON.stringify(body) };
}
