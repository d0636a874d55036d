import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import type { Release } from '../../journal/entry.ts';
import { parseJsonPath } from '../../probe/json-path.ts';
import { judgeHealth } from '../../probe/sample.ts';
import { RolloutError } from '../../rollout/errors.ts';
import type { HealthCheck } from '../../rollout/way/policy.ts';

/** What a stand-in answers at one path. */
interface Answer {
  readonly status: number;
  readonly body: string;
}

const SERVER = `const answers = require('./answers.json');
require('node:http').createServer((request, response) => {
  const { status, body } = answers[new URL(request.url, 'http://localhost').pathname] ?? { status: 200, body: 'a stand-in' };
  response.writeHead(status, { 'content-type': body.startsWith('{') ? 'application/json' : 'text/plain' });
  response.end(body);
}).listen(process.env.PORT);
`;

/**
 * Packs a small app that answers the declared probe as healthy and tells the version where it is asked: it plays a
 * package that is not there, and the release that every rehearsal begins with.
 * @throws RolloutError `bad-input` for a probe that no answer can satisfy
 */
export async function packStandIn(
  file: string,
  service: string,
  health: HealthCheck,
  version: string,
): Promise<Release> {
  const manifest = { name: `stand-in-${service}`, version, main: 'server.js' };
  const archive = new ZipFile();
  archive.addBuffer(Buffer.from(SERVER), 'server.js');
  archive.addBuffer(Buffer.from(JSON.stringify(answersOf(service, health, version))), 'answers.json');
  archive.addBuffer(Buffer.from(JSON.stringify(manifest)), 'package.json');
  archive.end();
  const bytes = await buffer(archive.outputStream);
  await writeFile(file, bytes);
  return { version, digest: createHash('sha256').update(bytes).digest('hex') };
}

/** Pure: by path, what satisfies the probe and the question for the version. */
export function answersOf(service: string, health: HealthCheck, version: string): Record<string, Answer> {
  const { path, statuses, json, contains, version: asked } = health;
  const conditions = Object.entries(json);
  const same = asked !== undefined && pathOf(asked.path) === pathOf(path);
  if (same && asked.json !== undefined) conditions.push([asked.json, version]);
  const text = same && asked.json === undefined ? version : (contains ?? 'healthy');
  const body = conditions.length === 0 ? text : documentOf(conditions, contains);
  const healthy: Answer = { status: statuses[0] ?? 200, body };
  const expected = { statuses, json, contains, instanceHeader: undefined };
  const sample = judgeHealth({ kind: 'answer', headers: {}, ...healthy }, expected);
  if (sample.kind !== 'good') {
    const problem = `No stand-in can answer the probe of ${service} (${sample.reason}): build its package first.`;
    throw new RolloutError({ code: 'bad-input', problems: [problem] });
  }
  const answers: Record<string, Answer> = { [pathOf(path)]: healthy };
  if (asked !== undefined && !same) {
    const told = asked.json === undefined ? version : documentOf([[asked.json, version]], undefined);
    answers[pathOf(asked.path)] = { status: 200, body: told };
  }
  return answers;
}

/** An address of its own is asked at the slot here: a rehearsal asks nobody else. */
export function pathOf(path: string): string {
  return new URL(path, 'https://localhost').pathname;
}

function documentOf(values: readonly (readonly [path: string, value: string])[], contains: string | undefined): string {
  const document: Record<string, unknown> = contains === undefined ? {} : { contains };
  for (const [path, value] of values) {
    const steps = parseJsonPath(path) ?? [];
    let at = document;
    for (const step of steps.slice(0, -1)) at = (at[step] ??= {}) as Record<string, unknown>;
    const last = steps.at(-1);
    if (last !== undefined) at[last] = value;
  }
  return JSON.stringify(document);
}
