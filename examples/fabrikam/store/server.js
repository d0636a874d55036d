import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));

/** By path; the store only shows. */
const pages = {
  '/': ['text/html; charset=utf-8', `<!doctype html><title>Fabrikam</title><h1>Fabrikam Store ${version}</h1>`],
  '/health': ['application/json', JSON.stringify({ status: 'healthy', version })],
  '/api/version': ['application/json', JSON.stringify({ version })],
};

const server = createServer({ requestTimeout: 10_000 }, ({ url }, response) => {
  const [path] = url.split('?');
  const [type, text] = Object.hasOwn(pages, path) ? pages[path] : ['text/plain', 'no such page'];
  response.writeHead(Object.hasOwn(pages, path) ? 200 : 404, { 'content-type': type }).end(text);
});
server.listen(process.env.PORT ?? '8080');
process.once('SIGTERM', () => server.close(() => process.exit(0)));
