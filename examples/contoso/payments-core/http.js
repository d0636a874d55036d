import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const LARGEST_BODY = 16 * 1024;

/** A request that is answered with an error of the client's making. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * Serves JSON until SIGTERM, which lets running requests finish. PORT is a number, or a pipe name on Windows workers.
 * @param {Record<string, (request: { url: URL, body: unknown }) => unknown>} routes by "METHOD /path"; a handler
 *   returns `{ status, body }`, or a promise of it, or throws Refused
 */
export function serve(routes) {
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    void respond(routes, request, response);
  });
  server.listen(process.env.PORT ?? '8080', () => {
    const address = server.address();
    console.log(`listening on ${typeof address === 'string' ? address : address.port}`);
  });
  process.once('SIGTERM', () => {
    server.close(() => process.exit(0));
    setTimeout(() => process.exit(0), 5_000).unref();
  });
}

/** The version that the package next to `moduleUrl` carries, and the slot it runs in where the platform says so. */
export function release(moduleUrl) {
  const { version } = JSON.parse(readFileSync(new URL('./package.json', moduleUrl), 'utf8'));
  const slot = process.env.WEBSITE_SLOT_NAME;
  return slot === undefined ? { version } : { version, slot };
}

/** GET a small JSON document of a neighbouring service: `{ status, body }`. */
export async function getJson(url) {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(2_000) });
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LARGEST_BODY) throw new Error(`${url} answered with more than ${LARGEST_BODY} characters`);
  }
  return { status: response.status, body: JSON.parse(text) };
}

async function respond(routes, request, response) {
  const { status, body } = await answer(routes, request).catch((error) => {
    if (error instanceof Refused) return { status: error.status, body: { error: error.message } };
    console.error(error);
    return { status: 500, body: { error: 'internal error' } };
  });
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function answer(routes, request) {
  if (!request.url.startsWith('/')) throw new Refused(400, 'the request must name a path');
  const url = new URL(`http://localhost${request.url}`);
  const route = `${request.method} ${url.pathname}`;
  if (!Object.hasOwn(routes, route)) throw new Refused(404, `no such route: ${route}`);
  return routes[route]({ url, body: request.method === 'POST' ? await readJson(request) : undefined });
}

/** Drops what comes after the limit instead of keeping it; the client still gets its answer. */
function readJson(request) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let size = 0;
    request.on('data', (chunk) => {
      size += chunk.length;
      if (size <= LARGEST_BODY) chunks.push(chunk);
      else reject(new Refused(413, `the body must not be larger than ${LARGEST_BODY} bytes`));
    });
    request.on('error', reject);
    request.on('end', () => {
      try {
        resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      } catch {
        reject(new Refused(400, 'the body is not JSON'));
      }
    });
  });
}
