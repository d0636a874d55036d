import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../time/clock.ts';
import { findRevision, labelledRevision, weightsOf, type ContainerApp, type Revision } from '../state/container-app.ts';
import { splitTarget } from '../server/exchange.ts';
import { objectAt, stringAt } from '../json/json.ts';
import { listen, send, type Listener } from '../server/listener.ts';
import { html, text } from '../server/reply.ts';
import type { World } from '../world/world.ts';
import { spoiled } from './host-faults.ts';
import { passOn, type Pages } from './pass-on.ts';

/** One host of a container app. */
export type AppHost =
  | { readonly kind: 'app' }
  | { readonly kind: 'revision'; readonly name: string }
  | { readonly kind: 'label'; readonly name: string };

/** Names the revision that a client stays with. */
const STICKY_COOKIE = 'acaAffinity';

const GONE = html(404, 'Error 404', 'This container app is stopped or does not exist.');
const UNAVAILABLE = text(503, 'upstream connect error or disconnect/reset before headers');
const PAGES: Pages = { notRunning: UNAVAILABLE, brokenOff: UNAVAILABLE };

/** A port of its own for the app, for each of its revisions and for each label. */
export function listenAsApp(world: World, app: () => ContainerApp | undefined, host: AppHost): Promise<Listener> {
  return listen(world.certificate, 0, (request, response) => {
    void answer(world, app(), host, request, response).catch((cause: unknown) => {
      world.settings.log(`${app()?.name ?? 'a container app'}: ${String(cause)}`);
      response.destroy();
    });
  });
}

async function answer(
  world: World,
  app: ContainerApp | undefined,
  host: AppHost,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (app === undefined) return send(response, GONE);
  const { path } = splitTarget(request.url ?? '/');
  const site = host.kind === 'app' ? app.name : `${app.name}/${host.name}`;
  if (await spoiled(world, site, path, request, response)) return;
  const { revision, cookie } = choose(world, app, host, request);
  const entry = {
    site: app.name,
    host: host.kind === 'app' ? 'app' : host.name,
    slot: revision?.name ?? '',
    path,
    contentId: revision?.name ?? '',
    deployment: revision?.image?.reference ?? null,
    release: revision?.image?.release ?? null,
  };
  world.served.addWhenDone(response, entry);
  if (revision === undefined || !revision.active) return send(response, GONE);
  const run = revision.process;
  const release = run?.hold() ?? (() => {});
  const state = await run?.ready();
  if (run === undefined || state !== 'listening' || run.state === 'exited') {
    release();
    return send(response, UNAVAILABLE);
  }
  if (host.kind === 'app') countDown(revision, response);
  const added: Record<string, string> = cookie === undefined ? {} : { 'set-cookie': cookie };
  passOn({ port: run.port, release }, request, response, added, PAGES);
}

function choose(
  world: World,
  app: ContainerApp,
  host: AppHost,
  request: IncomingMessage,
): { revision: Revision | undefined; cookie?: string } {
  if (app.document.ingress === null) return { revision: undefined };
  switch (host.kind) {
    case 'revision':
      return { revision: findRevision(app, host.name) };
    case 'label':
      return { revision: labelledRevision(app, host.name) };
    case 'app':
      return app.goneUntil > systemClock.monotonic() ? { revision: undefined } : split(world, app, request);
  }
}

/** By the weights, without a memory unless sessions are sticky. */
function split(
  world: World,
  app: ContainerApp,
  request: IncomingMessage,
): { revision: Revision | undefined; cookie?: string } {
  const weights = weightsOf(app);
  const sticky = stringAt(objectAt(app.document.ingress, 'stickySessions'), 'affinity') === 'sticky';
  const pinned = sticky ? findRevision(app, pinOf(request)) : undefined;
  if (pinned !== undefined && (weights.get(pinned.name) ?? 0) > 0) return { revision: pinned };
  let left = world.settings.random() * 100;
  for (const [name, weight] of weights) {
    left -= weight;
    if (left >= 0 || weight === 0) continue;
    const cookie = `${STICKY_COOKIE}=${name}; Path=/; Secure; HttpOnly; SameSite=None`;
    return { revision: findRevision(app, name), ...(sticky ? { cookie } : {}) };
  }
  return { revision: undefined };
}

function pinOf(request: IncomingMessage): string {
  const pair = (request.headers.cookie ?? '').split(';').find((one) => one.trim().startsWith(`${STICKY_COOKIE}=`));
  return pair?.split('=')[1]?.trim() ?? '';
}

/** A fault may have left the revision only so many requests to live. */
function countDown(revision: Revision, response: ServerResponse): void {
  if (revision.survives === undefined) return;
  revision.survives -= 1;
  if (revision.survives <= 0) response.once('close', () => void revision.process?.kill());
}
