import type { AppHost } from '../../src/rollout/kinds/app-service/ports.ts';
import type { ContainerHost } from '../../src/rollout/kinds/container-app/ports.ts';
import { containerHosts } from '../../src/azure/container-apps/container-apps.ts';
import { appServiceHosts } from '../../src/azure/app-service/app-service.ts';
import type { ArmAccess, ArmTimes } from '../../src/azure/arm/arm-client.ts';
import { credentialFor } from '../../src/azure/identity/any-credential.ts';
import type { AzureEndpoints } from '../../src/azure/identity/credentials.ts';
import type { Emulator } from '../../src/emulator/start.ts';

import { systemClock, type Clock } from '../../src/time/clock.ts';

export interface HostOptions {
  readonly times?: ArmTimes;
  readonly clock?: Clock;
  readonly clientSecret?: string;
  readonly subscription?: string;
  readonly resourceGroup?: string;
  /** Instead of the emulator's own authority. */
  readonly ca?: string;
}

export function endpointsOf(emulator: Emulator): AzureEndpoints {
  return { arm: emulator.armUrl, authority: emulator.authorityUrl, ca: [emulator.caPem] };
}

/** Our adapter towards an embedded Azure: an app by its name. */
export function hostsOf(emulator: Emulator, options: HostOptions = {}): (app: string) => AppHost {
  const hosts = appServiceHosts(accessOf(emulator, options));
  return (app) =>
    hosts({
      kind: 'appService' as const,
      ...placeOf(emulator, options),
      app,
      source: 'staging',
      destination: 'production',
    });
}

/** The same for container apps. */
export function containersOf(emulator: Emulator, options: HostOptions = {}): (app: string) => ContainerHost {
  const hosts = containerHosts(accessOf(emulator, options));
  return (app) => hosts({ kind: 'containerApp' as const, ...placeOf(emulator, options), app });
}

function accessOf(emulator: Emulator, options: HostOptions): ArmAccess {
  const endpoints = { ...endpointsOf(emulator), ...(options.ca === undefined ? {} : { ca: [options.ca] }) };
  const { tenantId, clientId } = emulator;
  const clientSecret = options.clientSecret ?? emulator.clientSecret;
  return {
    credential: credentialFor({ kind: 'secret', tenantId, clientId, clientSecret }, endpoints),
    endpoints,
    clock: options.clock ?? systemClock,
    ...(options.times === undefined ? {} : { times: options.times }),
  };
}

function placeOf(emulator: Emulator, { subscription, resourceGroup = 'rg' }: HostOptions) {
  return { subscription: subscription ?? emulator.subscriptionId, resourceGroup };
}
