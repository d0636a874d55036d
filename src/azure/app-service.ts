import type { TokenCredential } from '@azure/identity';
import type { Target } from '../journal/entry.ts';
import { RolloutError } from '../rollout/errors.ts';
import type { AppHost, MutationReply, OperationReading, SlotChange, SlotObservation } from '../rollout/ports.ts';
import { sameName } from '../rollout/preflight.ts';
import type { Clock } from '../time/clock.ts';
import { armMessage, property, type Exchange } from './arm-answer.ts';
import { ArmClient, armScope, retryAfterOf, type ArmTimes } from './arm-client.ts';
import { PUBLIC_AZURE, type AzureEndpoints } from './credentials.ts';
import { kuduUpload } from './kudu.ts';
import { activeDeployment, readConfig, readDifferences, readSite } from './read-site.ts';
import { sharedToken } from './shared-token.ts';

export interface AzureOptions {
  readonly credential: TokenCredential;
  readonly endpoints: AzureEndpoints;
  readonly clock: Clock;
  readonly times?: ArmTimes;
  /** Whether a swap leaves each slot its virtual network; true, as az and the portal do it, unless said otherwise. */
  readonly preserveVnet?: boolean;
}

/** What Azure's own Kudu sites take tokens for, where the cloud is the public one (read in the source of az). */
const KUDU_SCOPE = 'https://appservice.azure.com/.default';

/**
 * Hosts for all apps that one identity reaches. Clients are kept by subscription, so that every app shares one
 * connection and one token.
 */
export function azureHosts(options: AzureOptions): (target: Target) => AppHost {
  const clients = new Map<string, { arm: ArmClient; kudu: ArmClient }>();
  const credential = sharedToken(options.credential, options.clock);
  // Asked for at once, beside the first entry of the journal. A refusal is told by the first request that needs it.
  credential.getToken(armScope(options.endpoints)).catch(() => undefined);
  return (target) => {
    let client = clients.get(target.subscription);
    if (client === undefined) {
      const { endpoints, clock, times } = options;
      const own = times === undefined ? {} : { times };
      client = {
        arm: new ArmClient(credential, target.subscription, endpoints, clock, own),
        // Uploads are large and slow: their exchange gets the time that the platform's own limit gives them.
        kudu: new ArmClient(credential, target.subscription, endpoints, clock, {
          times: { exchangeMs: 230_000, readDeadlineMs: times?.readDeadlineMs ?? 90_000 },
          ...(endpoints.arm === PUBLIC_AZURE.arm ? { scope: KUDU_SCOPE } : {}),
        }),
      };
      clients.set(target.subscription, client);
    }
    return appService(target, client.arm, client.kudu, options.clock, options.preserveVnet ?? true);
  };
}

function appService(target: Target, arm: ArmClient, kudu: ArmClient, clock: Clock, preserveVnet: boolean): AppHost {
  const root = `/subscriptions/${segment(target.subscription)}/resourceGroups/${segment(target.resourceGroup)}/providers/Microsoft.Web/sites/${segment(target.app)}`;
  const pathOf = (slot: string): string => (isProduction(slot) ? root : `${root}/slots/${segment(slot)}`);
  const nameOf = (slot: string): string =>
    isProduction(slot) ? `app '${target.app}'` : `slot '${slot}' of app '${target.app}'`;

  const readSlot = async (slot: string, signal?: AbortSignal): Promise<unknown> => {
    const site = await arm.read(pathOf(slot), nameOf(slot), signal);
    if (site !== undefined) return site;
    const missing = !isProduction(slot) && (await arm.read(root, nameOf('production'), signal)) !== undefined;
    throw new RolloutError({
      code: 'app-not-found',
      app: target.app,
      resourceGroup: target.resourceGroup,
      slot: missing ? slot : undefined,
    });
  };

  const deploymentOf = async (slot: string, signal?: AbortSignal): Promise<{ id: string | null; unread: string[] }> => {
    const what = `the deployments of ${nameOf(slot)}`;
    try {
      return { id: activeDeployment(await arm.read(`${pathOf(slot)}/deployments`, what, signal)), unread: [] };
    } catch (error) {
      // The list is more than a swap needs: without the right to it the print is weaker, and says so.
      if (error instanceof RolloutError && (error.facts.code === 'forbidden' || error.facts.code === 'unreadable'))
        return { id: null, unread: [what] };
      throw error;
    }
  };

  return {
    observe: async (slot, signal): Promise<SlotObservation> => {
      const site = readSite(slot, await readSlot(slot, signal));
      const { id, unread } = await deploymentOf(slot, signal);
      return { ...site, print: { ...site.print, activeDeployment: id }, unread };
    },
    readConfig: async (slot, signal) => {
      const config = await arm.read(`${pathOf(slot)}/config/web`, `the configuration of ${nameOf(slot)}`, signal);
      if (config === undefined)
        throw new RolloutError({
          code: 'app-not-found',
          app: target.app,
          resourceGroup: target.resourceGroup,
          slot: isProduction(slot) ? undefined : slot,
        });
      return readConfig(config);
    },
    requestSwap: async (source, destination, signal) => {
      // Both members are required.
      const body = { targetSlot: destination, preserveVnet };
      return replyOf(await arm.send({ method: 'POST', path: `${pathOf(source)}/slotsswap`, body }, signal), arm);
    },
    readOperation: async (operation, signal) =>
      operationOf(await arm.send({ method: 'GET', path: operation }, signal), operation, arm),
    differences: async (source, destination, signal) => {
      const body = { targetSlot: destination, preserveVnet };
      const exchange = await arm.send({ method: 'POST', path: `${pathOf(source)}/slotsdiffs`, body }, signal);
      return exchange.kind === 'answered' && exchange.status === 200 ? readDifferences(exchange.body) : undefined;
    },
    change: async (change, signal) => replyOf(await sendChange(change, pathOf, preserveVnet, arm, signal), arm),
    upload: async (slot, file, signal) =>
      kuduUpload(await readSlot(slot, signal), file, nameOf(slot), { kudu, clock }, signal),
  };
}

function sendChange(
  change: SlotChange,
  pathOf: (slot: string) => string,
  preserveVnet: boolean,
  arm: ArmClient,
  signal?: AbortSignal,
): Promise<Exchange> {
  switch (change.kind) {
    case 'routing': {
      // The smallest body: a whole configuration written back can revive rules that somebody else has just cleared.
      const rampUpRules = change.rules.map(
        ({ name, host, percent, raw }) => raw ?? { name, actionHostName: host, reroutePercentage: percent },
      );
      const body = { properties: { experiments: { rampUpRules } } };
      return arm.send({ method: 'PATCH', path: `${pathOf('production')}/config/web`, body }, signal);
    }
    case 'apply-slot-config': {
      const body = { targetSlot: change.target, preserveVnet };
      return arm.send({ method: 'POST', path: `${pathOf(change.source)}/applySlotConfig`, body }, signal);
    }
    case 'reset-slot-config':
      return arm.send({ method: 'POST', path: `${pathOf(change.slot)}/resetSlotConfig` }, signal);
  }
}

/**
 * Pure but for the address check: what an answer to a mutation proves. Only a definite 4xx proves that nothing was
 * done; 408, 409 and 429 can come from a front end after the request was passed on, and 5xx proves nothing at all.
 */
function replyOf(exchange: Exchange, arm: Pick<ArmClient, 'isOwnAddress'>): MutationReply {
  const message = armMessage(exchange);
  if (exchange.kind === 'not-sent') return { kind: 'refused', status: 401, message };
  const retryAfterMs = retryAfterOf(exchange);
  if (exchange.kind === 'lost') return { kind: 'ambiguous', message, retryAfterMs };
  const { status, headers } = exchange;
  // A page of a proxy can come with 200 too: then nobody knows whether the request was passed on.
  if (status >= 200 && status < 300 && isPage(exchange.body)) return { kind: 'ambiguous', message, retryAfterMs };
  if (status >= 200 && status < 300) {
    const location = headers['location'];
    return {
      kind: 'accepted',
      operation: location !== undefined && arm.isOwnAddress(location) ? location : undefined,
      retryAfterMs,
    };
  }
  const definite = status >= 400 && status < 500 && ![408, 409, 429].includes(status);
  return definite
    ? { kind: 'refused', status, message: rightNamed(status, message) }
    : { kind: 'ambiguous', message, retryAfterMs };
}

function operationOf(exchange: Exchange, operation: string, arm: Pick<ArmClient, 'isOwnAddress'>): OperationReading {
  const message = armMessage(exchange);
  const retryAfterMs = retryAfterOf(exchange);
  if (exchange.kind !== 'answered') return { kind: 'unreadable', message, retryAfterMs };
  const { status, headers, body } = exchange;
  switch (true) {
    case status === 202: {
      // Every answer carries a newly signed address; the latest is the one to follow (recorded).
      const next = headers['location'];
      return {
        kind: 'running',
        operation: next !== undefined && arm.isOwnAddress(next) ? next : operation,
        retryAfterMs,
      };
    }
    case status >= 200 && status < 300: {
      // A page of a proxy can come with 200 too, and says nothing of the operation.
      if (isPage(body)) return { kind: 'unreadable', message, retryAfterMs };
      // A 200 can carry a failed operation in its body; the status code alone is what misleads other tools.
      const state = property(body, 'status') ?? property(property(body, 'properties'), 'status');
      return typeof state === 'string' && /^(failed|canceled)$/i.test(state)
        ? { kind: 'failed', message: `the operation ended as ${state}: ${message}` }
        : { kind: 'succeeded' };
    }
    case status === 404 || status === 410:
      return { kind: 'gone' };
    case status === 401 || status === 403 || status === 408 || status === 409 || status === 429 || status >= 500:
      return { kind: 'unreadable', message, retryAfterMs };
    default:
      return { kind: 'failed', message };
  }
}

/** What is not JSON stays text; the service itself answers JSON or nothing. */
function isPage(body: unknown): boolean {
  return typeof body === 'string' && body.trim() !== '';
}

function rightNamed(status: number, message: string): string {
  return status === 403 ? `${message} (a swap needs Microsoft.Web/sites/slots/slotsswap/action)` : message;
}

function isProduction(slot: string): boolean {
  return sameName(slot, 'production');
}

function segment(text: string): string {
  return encodeURIComponent(text);
}
