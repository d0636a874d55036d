import { createReadStream } from 'node:fs';
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { RolloutError } from '../../rollout/errors.ts';
import type { UploadResult, UploadWait } from '../../rollout/kinds/app-service/ports.ts';
import type { Clock } from '../../time/clock.ts';
import { armMessage, property, textOf } from '../arm/arm-answer.ts';
import type { ArmClient } from '../arm/arm-client.ts';
import { retryAfterOf, type Exchange } from '../wire/exchange.ts';
import { grantOf, PUBLISH_RIGHT } from '../arm/rights.ts';

/** An upload repeats what passes by itself for this long; a deployment may run for the platform's own half hour. */
const SEND_DEADLINE_MS = 10 * 60_000;
const DEPLOYMENT_DEADLINE_MS = 30 * 60_000;
const POLL_EVERY_MS = 500;

/** Kudu's states of a deployment (read in its source). */
const FAILED = 3;
const SUCCEEDED = 4;

/** The slot by its name, and the command that lets an agent in to its deployment site. */
export interface UploadPlace {
  readonly name: string;
  readonly cure: string;
}

export interface UploadPorts {
  readonly kudu: ArmClient;
  readonly clock: Clock;
  readonly waiting?: UploadWait;
}

/** A slot that is busy for minutes is told of at once, and then every minute. */
const TELL_EVERY_MS = 60_000;

/**
 * OneDeploy: sends the zip to the slot's Kudu site and follows the deployment to its end. Uploading the same package
 * again leaves the same slot, so what passes by itself is repeated.
 */
export async function kuduUpload(
  site: unknown,
  file: string,
  { name: slotName, cure }: UploadPlace,
  { kudu, clock, waiting }: UploadPorts,
  signal?: AbortSignal,
): Promise<UploadResult> {
  const scm = scmUrl(site);
  if (scm === undefined)
    throw new RolloutError({
      code: 'unreadable',
      what: `The deployment host (SCM) of ${slotName}`,
      detail: 'the site names none',
    });
  const checksum = await sha256Of(file).catch((cause: unknown) => {
    const detail = `could not be read any more: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new RolloutError({ code: 'bad-package', file, detail }, { cause });
  });
  const address = `${scm}/api/publish?type=zip&async=true&trackDeploymentProgress=true`;
  const body = (): NodeJS.ReadableStream => createReadStream(file);
  const begun = clock.monotonic();
  const deadline = begun + SEND_DEADLINE_MS;
  let toldAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    const exchange = await kudu.send(
      {
        method: 'POST',
        path: address,
        body,
        headers: { 'content-type': 'application/octet-stream', 'x-ms-artifact-checksum': checksum },
      },
      signal,
    );
    if (exchange.kind === 'answered' && exchange.status >= 200 && exchange.status < 300)
      return await followDeployment(scm, exchange, cure, { kudu, clock }, signal);
    const message = kuduMessage(exchange, cure);
    if (!isPassing(exchange)) return { kind: 'failed', message };
    const waitMs = Math.max(retryAfterOf(exchange) ?? 5000, POLL_EVERY_MS);
    if (clock.monotonic() + waitMs > deadline)
      return { kind: 'failed', message: `${message}, for ${Math.round(SEND_DEADLINE_MS / 60_000)} minutes` };
    if (clock.monotonic() - toldAt >= TELL_EVERY_MS) {
      toldAt = clock.monotonic();
      await waiting?.(message, toldAt - begun, SEND_DEADLINE_MS);
    }
    await clock.sleep(waitMs, signal);
  }
}

async function followDeployment(
  scm: string,
  accepted: Extract<Exchange, { kind: 'answered' }>,
  cure: string,
  { kudu, clock }: { readonly kudu: ArmClient; readonly clock: Clock },
  signal?: AbortSignal,
): Promise<UploadResult> {
  const id = accepted.headers['scm-deployment-id'] ?? 'latest';
  const deadline = clock.monotonic() + DEPLOYMENT_DEADLINE_MS;
  let last = 'no answer yet';
  for (;;) {
    const exchange = await kudu.send(
      { method: 'GET', path: `${scm}/api/deployments/${encodeURIComponent(id)}` },
      signal,
    );
    if (exchange.kind === 'answered' && (exchange.status === 200 || exchange.status === 202)) {
      const status = Number(property(exchange.body, 'status'));
      const deployment = textOf(exchange.body, 'id') ?? id;
      if (status === SUCCEEDED) return { kind: 'uploaded', deployment };
      if (status === FAILED)
        return { kind: 'failed', message: await failureOf(scm, deployment, exchange.body, kudu, signal) };
      last = textOf(exchange.body, 'status_text') ?? `status ${status}`;
    } else {
      // The Kudu site restarts with every deployment, so a missing answer says nothing about it.
      last = kuduMessage(exchange, cure);
      if (exchange.kind === 'not-sent') return { kind: 'failed', message: last };
    }
    if (clock.monotonic() + POLL_EVERY_MS > deadline)
      return { kind: 'failed', message: `deployment ${id} has not ended: ${last}` };
    await clock.sleep(POLL_EVERY_MS, signal);
  }
}

/** The platform's own words: the last message of the deployment's log, which says more than its status. */
async function failureOf(
  scm: string,
  id: string,
  body: unknown,
  kudu: ArmClient,
  signal?: AbortSignal,
): Promise<string> {
  const log = await kudu.send({ method: 'GET', path: `${scm}/api/deployments/${encodeURIComponent(id)}/log` }, signal);
  const lines =
    log.kind === 'answered' && Array.isArray(log.body) ? log.body.map((item) => textOf(item, 'message')) : [];
  const words = lines.findLast((line) => line !== null) ?? textOf(body, 'status_text') ?? 'no reason given';
  return `deployment ${id} failed: ${words.slice(0, 500)}`;
}

function scmUrl(site: unknown): string | undefined {
  const states = property(property(site, 'properties'), 'hostNameSslStates');
  if (!Array.isArray(states)) return undefined;
  const repository = states.find((state) => property(state, 'hostType') === 'Repository') as unknown;
  const name = textOf(repository, 'name');
  return name === null ? undefined : `https://${name}`;
}

/**
 * An access restriction answers 403 as a missing right does, but with a page of its own (texts of App Service's pages,
 * quoted by users): no role helps there.
 */
function kuduMessage(exchange: Exchange, cure: string): string {
  if (exchange.kind === 'answered' && exchange.status === 403 && isBlocked(exchange.body))
    return `the deployment site (SCM) has turned this agent away by an access restriction, or since the app has a private endpoint; it is not a missing right. Use an agent inside the network, or let this one in: ${cure}`;
  const missing = exchange.kind === 'answered' && exchange.status === 403;
  return `the upload was answered with ${armMessage(exchange)}${missing ? `. ${grantOf(PUBLISH_RIGHT)}` : ''}`;
}

function isBlocked(body: unknown): boolean {
  return typeof body === 'string' && /blocked your access|ip forbidden/i.test(body.slice(0, 65_536));
}

/** 409 is Kudu's `There is a deployment currently in progress`: it passes. */
function isPassing(exchange: Exchange): boolean {
  if (exchange.kind === 'lost') return true;
  return exchange.kind === 'answered' && ([408, 409, 429].includes(exchange.status) || exchange.status >= 500);
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
