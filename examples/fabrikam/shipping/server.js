import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));

/** By path; shipping only answers questions. */
const answers = {
  '/health': { status: 'healthy', version },
  '/api/version': { version },
  '/api/rates': { letter: 1.1, parcel: 5.9 },
};

const server = createServer({ requestTimeout: 10_000 }, ({ url }, response) => {
  const found = Object.hasOwn(answers, url);
  response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(found ? answers[url] : { error: `no such page: ${url}` }));
});
server.listen(process.env.PORT ?? '8080');
process.once('SIGTERM', () => server.close(() => process.exit(0)));
