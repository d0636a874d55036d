import { swapPolicy } from '../promotion/promotion.settings.ts';
import type { HealthCheck } from '../way/policy.ts';
import type { SwapRequest } from '../kinds/app-service/desk.ts';
import type { SwapSettings } from './swap.settings.ts';

/**
 * The swap that settings ask for.
 * @param subscription that of the service connection or of the environment
 * @param promotion a new id for this intended swap
 */
export function swapRequest(
  settings: Omit<SwapSettings, 'azureSubscription'>,
  subscription: string,
  promotion: string,
): SwapRequest {
  const { appName, resourceGroupName, sourceSlot, targetSlot, expectedVersion } = settings;
  return {
    promotion,
    service: appName,
    target: {
      kind: 'appService',
      subscription,
      resourceGroup: resourceGroupName,
      app: appName,
      source: sourceSlot,
      destination: targetSlot,
    },
    release: { version: expectedVersion ?? null, digest: null },
    health: healthCheck(settings),
    expectedVersion,
    policy: swapPolicy(settings),
  };
}

function healthCheck(settings: Omit<SwapSettings, 'azureSubscription'>): HealthCheck {
  const { healthPath, expectedVersion, versionPath, versionJson } = settings;
  const asksVersion = expectedVersion !== undefined || versionPath !== undefined || versionJson !== undefined;
  return {
    path: healthPath,
    headers: settings.healthHeaders ?? {},
    timeoutMs: settings.healthTimeout,
    statuses: settings.healthyStatuses,
    json: {},
    contains: undefined,
    version: asksVersion ? { path: versionPath ?? healthPath, json: versionJson } : undefined,
    intervalMs: settings.healthInterval,
    healthyThreshold: settings.healthyThreshold,
    unhealthyThreshold: settings.unhealthyThreshold,
    unhealthyShare: settings.unhealthyShare,
    instanceHeader: settings.instanceHeader,
    startupMs: settings.startupGrace,
  };
}
