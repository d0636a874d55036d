import type { AppHost } from '../../src/rollout/kinds/app-service/ports.ts';
import { appServiceHosts } from '../../src/azure/app-service/app-service.ts';
import type { ArmTimes } from '../../src/azure/arm/arm-client.ts';
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
  const endpoints = { ...endpointsOf(emulator), ...(options.ca === undefined ? {} : { ca: [options.ca] }) };
  const { tenantId, clientId } = emulator;
  const clientSecret = options.clientSecret ?? emulator.clientSecret;
  const hosts = appServiceHosts({
    credential: credentialFor({ kind: 'secret', tenantId, clientId, clientSecret }, endpoints),
    endpoints,
    clock: options.clock ?? systemClock,
    ...(options.times === undefined ? {} : { times: options.times }),
  });
  return (app) =>
    hosts({
      kind: 'appService' as const,
      subscription: options.subscription ?? emulator.subscriptionId,
      resourceGroup: options.resourceGroup ?? 'rg',
      app,
      source: 'staging',
      destination: 'production',
    });
}
