import type { SlotTarget } from '../../journal/slots.ts';
import { isProduction } from '../../journal/users-side.ts';
import { RolloutError } from '../../rollout/errors.ts';
import { createSlot, openScm } from '../../rollout/kinds/app-service/cures.ts';
import type { AppHost, SlotChange, SlotObservation } from '../../rollout/kinds/app-service/ports.ts';
import type { Clock } from '../../time/clock.ts';
import { ArmClient, armScope, type ArmAccess, type ArmRequest } from '../arm/arm-client.ts';
import { operationOf, replyOf } from '../arm/arm-reply.ts';
import { PUBLIC_AZURE } from '../identity/credentials.ts';
import { kuduUpload, type UploadPlace } from './kudu.ts';
import {
  activeDeployment,
  readConfig,
  readDifferences,
  readFunctions,
  readInstances,
  readSite,
  readWebJobs,
} from './read-site.ts';
import { sharedToken } from '../identity/shared-token.ts';

export interface AzureOptions extends ArmAccess {
  /** Whether a swap leaves each slot its virtual network; true, as az and the portal do it, unless said otherwise. */
  readonly preserveVnet?: boolean;
}

/** What Azure's own Kudu sites take tokens for, where the cloud is the public one (read in the source of az). */
const KUDU_SCOPE = 'https://appservice.azure.com/.default';

/**
 * Hosts for all apps that one identity reaches. Clients are kept by subscription, so that every app shares one
 * connection and one token.
 */
export function appServiceHosts(options: AzureOptions): (target: SlotTarget) => AppHost {
  const clients = new Map<string, { arm: ArmClient; kudu: ArmClient }>();
  const credential = sharedToken(options.credential, options.clock);
  // Asked for at once, beside the first entry of the journal. A refusal is told by the first request that needs it.
  credential.getToken(armScope(options.endpoints)).catch(() => undefined);
  return (target) => {
    let client = clients.get(target.subscription);
    if (client === undefined) {
      const { endpoints, clock, times, waiting } = options;
      const said = waiting === undefined ? {} : { waiting };
      const own = times === undefined ? said : { ...said, times };
      client = {
        arm: new ArmClient(credential, target.subscription, endpoints, clock, own),
        // Uploads are large and slow: their exchange gets the time that the platform's own limit gives them.
        kudu: new ArmClient(credential, target.subscription, endpoints, clock, {
          ...said,
          times: { exchangeMs: 230_000, readDeadlineMs: times?.readDeadlineMs ?? 90_000 },
          ...(endpoints.arm === PUBLIC_AZURE.arm ? { scope: KUDU_SCOPE } : {}),
        }),
      };
      clients.set(target.subscription, client);
    }
    return appService(target, client.arm, client.kudu, options.clock, options.preserveVnet ?? true);
  };
}

function appService(target: SlotTarget, arm: ArmClient, kudu: ArmClient, clock: Clock, preserveVnet: boolean): AppHost {
  const root = `/subscriptions/${segment(target.subscription)}/resourceGroups/${segment(target.resourceGroup)}/providers/Microsoft.Web/sites/${segment(target.app)}`;
  const pathOf = (slot: string): string => (isProduction(slot) ? root : `${root}/slots/${segment(slot)}`);
  const nameOf = (slot: string): string =>
    isProduction(slot) ? `app '${target.app}'` : `slot '${slot}' of app '${target.app}'`;

  const accessOf = (slot: string): UploadPlace => ({ name: nameOf(slot), cure: openScm(target, slot) });

  const readSlot = async (slot: string, signal?: AbortSignal): Promise<unknown> => {
    const site = await arm.read(pathOf(slot), nameOf(slot), signal);
    if (site !== undefined) return site;
    const missing = !isProduction(slot) && (await arm.read(root, nameOf('production'), signal)) !== undefined;
    throw new RolloutError({
      code: 'app-not-found',
      app: target.app,
      resourceGroup: target.resourceGroup,
      slot: missing ? slot : undefined,
      ...(missing && { cure: createSlot(target, slot) }),
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
    requestSwap: async (source, destination, signal, withinMs) => {
      // Both members are required.
      const body = { targetSlot: destination, preserveVnet };
      const request = { method: 'POST', path: `${pathOf(source)}/slotsswap`, body } as const;
      return replyOf(await arm.send(request, signal, withinMs), request, arm);
    },
    readOperation: async (operation, signal) =>
      operationOf(await arm.send({ method: 'GET', path: operation }, signal), operation, arm),
    differences: async (source, destination, signal) => {
      const body = { targetSlot: destination, preserveVnet };
      const exchange = await arm.send({ method: 'POST', path: `${pathOf(source)}/slotsdiffs`, body }, signal);
      return exchange.kind === 'answered' && exchange.status === 200 ? readDifferences(exchange.body) : undefined;
    },
    backgroundWork: async (slot, functions, signal) => {
      const path = `${pathOf(slot)}/${functions ? 'functions' : 'continuouswebjobs'}`;
      const exchange = await arm.send({ method: 'GET', path }, signal);
      if (exchange.kind !== 'answered' || exchange.status !== 200) return undefined;
      return functions ? readFunctions(exchange.body) : readWebJobs(exchange.body);
    },
    instances: async (slot, signal) => {
      const exchange = await arm.send({ method: 'GET', path: `${pathOf(slot)}/instances` }, signal);
      return exchange.kind === 'answered' && exchange.status === 200 ? readInstances(exchange.body) : undefined;
    },
    change: async (change, signal) => {
      const request = requestFor(change, pathOf, preserveVnet);
      return replyOf(await arm.send(request, signal), request, arm);
    },
    upload: async (slot, file, signal, waiting) => {
      const ports = { kudu, clock, ...(waiting === undefined ? {} : { waiting }) };
      return await kuduUpload(await readSlot(slot, signal), file, accessOf(slot), ports, signal);
    },
  };
}

function requestFor(change: SlotChange, pathOf: (slot: string) => string, preserveVnet: boolean): ArmRequest {
  switch (change.kind) {
    case 'routing': {
      // The smallest body: a whole configuration written back can revive rules that somebody else has just cleared.
      const rampUpRules = change.rules.map(
        ({ name, host, percent, raw }) => raw ?? { name, actionHostName: host, reroutePercentage: percent },
      );
      const body = { properties: { experiments: { rampUpRules } } };
      return { method: 'PATCH', path: `${pathOf('production')}/config/web`, body };
    }
    case 'apply-slot-config': {
      const body = { targetSlot: change.target, preserveVnet };
      return { method: 'POST', path: `${pathOf(change.source)}/applySlotConfig`, body };
    }
    case 'reset-slot-config':
      return { method: 'POST', path: `${pathOf(change.slot)}/resetSlotConfig` };
  }
}

function segment(text: string): string {
  return encodeURIComponent(text);
}
