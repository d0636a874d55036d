import { ZipFile } from 'yazl';

/** A zip file from names and contents. */
export async function zipOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/**
 * A package of a real app. `/` answers its release, slot and the asked setting; `/status/NNN` answers that status;
 * `/slow` answers after 150 ms; `/exit` ends the process; `health` is the status of `/health`.
 */
export function tinyApp(release: string, health = 200): Promise<Buffer> {
  return zipOf({
    'package.json': JSON.stringify({ name: 'tiny', version: release, health, scripts: { start: 'node app/main.js' } }),
    'app/main.js': `
      const { createServer } = require('node:http');
      createServer((request, response) => {
        const url = new URL(request.url, 'http://localhost');
        const status = url.pathname.startsWith('/status/') ? Number(url.pathname.slice(8)) : url.pathname === '/health' ? ${health} : 200;
        if (url.pathname === '/exit') process.exit(3);
        const body = JSON.stringify({
          release: '${release}', pid: process.pid, slot: process.env.WEBSITE_SLOT_NAME, host: process.env.WEBSITE_HOSTNAME,
          setting: process.env[url.searchParams.get('setting') ?? ''] ?? null, agent: request.headers['user-agent'] ?? null,
        });
        setTimeout(() => response.writeHead(status, { 'content-type': 'application/json' }).end(body), url.pathname === '/slow' ? 150 : 0);
      }).listen(process.env.PORT);
    `,
  });
}
