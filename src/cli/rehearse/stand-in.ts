import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import type { Release } from '../../journal/entry.ts';
import { parseJsonPath } from '../../probe/json-path.ts';
import { judgeHealth } from '../../probe/sample.ts';
import { RolloutError } from '../../rollout/errors.ts';
import type { HealthCheck } from '../../rollout/way/policy.ts';

/** The version of every baseline, and of a stand-in for which nobody names another. */
export const BASELINE = '0.0.0-baseline';
export const STAND_IN = '1.0.0';

/** What a stand-in answers, by path. */
export type Answers = Readonly<Record<string, { readonly status: number; readonly body: string }>>;

const SERVER = `const apps = require('./answers.json');
const answers = apps[process.env.CONTAINER_APP_NAME] ?? apps[''] ?? {};
require('node:http').createServer((request, response) => {
  const { status, body } = answers[new URL(request.url, 'http://localhost').pathname] ?? { status: 200, body: 'a stand-in' };
  response.writeHead(status, { 'content-type': body.startsWith('{') ? 'application/json' : 'text/plain' });
  response.end(body);
}).listen(process.env.PORT);
`;

/**
 * Packs a small app that answers a declared probe as healthy and tells the version where it is asked: it plays a package
 * that is not there, and the release that every rehearsal begins with.
 * @param answers by the container app that it runs in; under the empty name for anything else
 */
export async function packStandIn(
  file: string,
  service: string,
  version: string,
  answers: Readonly<Record<string, Answers>>,
): Promise<Release> {
  const manifest = { name: `stand-in-${service}`, version, main: 'server.js' };
  const archive = new ZipFile();
  archive.addBuffer(Buffer.from(SERVER), 'server.js');
  archive.addBuffer(Buffer.from(JSON.stringify(answers)), 'answers.json');
  archive.addBuffer(Buffer.from(JSON.stringify(manifest)), 'package.json');
  archive.end();
  const bytes = await buffer(archive.outputStream);
  await writeFile(file, bytes);
  return { version, digest: createHash('sha256').update(bytes).digest('hex') };
}

/**
 * Pure: what satisfies the probe and the question for the version.
 * @throws RolloutError `bad-input` for a probe that no answer can satisfy
 */
export function answersOf(service: string, health: HealthCheck, version: string): Answers {
  const { path, statuses, json, contains, version: asked } = health;
  const conditions = Object.entries(json);
  const same = asked !== undefined && pathOf(asked.path) === pathOf(path);
  if (same && asked.json !== undefined) conditions.push([asked.json, version]);
  const text = same && asked.json === undefined ? version : (contains ?? 'healthy');
  const body = conditions.length === 0 ? text : documentOf(conditions, contains);
  const healthy = { status: statuses[0] ?? 200, body };
  const expected = { statuses, json, contains, instanceHeader: undefined };
  const sample = judgeHealth({ kind: 'answer', headers: {}, ...healthy }, expected);
  if (sample.kind !== 'good') {
    const problem = `No stand-in can answer the probe of ${service} (${sample.reason}): build its package first.`;
    throw new RolloutError({ code: 'bad-input', problems: [problem] });
  }
  const answers: Record<string, Answers[string]> = { [pathOf(path)]: healthy };
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
