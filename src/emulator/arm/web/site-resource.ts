import { isObject } from '../../json/json.ts';
import { hostOf, isProduction, labelOf, productionOf, type Site, type Slot } from '../../state/site.ts';
import type { World } from '../../world/world.ts';

const LOCATION = 'West Europe';

/** The resource id of a slot, or of the site for production. */
export function resourceId(world: World, slot: Slot): string {
  const { site } = slot;
  const base = `/subscriptions/${world.settings.subscriptionId}/resourceGroups/${site.resourceGroup}/providers/Microsoft.Web/sites/${site.name}`;
  return isProduction(slot) ? base : `${base}/slots/${slot.name}`;
}

export function resourceType(slot: Slot): string {
  return isProduction(slot) ? 'Microsoft.Web/sites' : 'Microsoft.Web/sites/slots';
}

export function resourceName(slot: Slot): string {
  return isProduction(slot) ? slot.site.name : `${slot.site.name}/${slot.name}`;
}

/** Host and path prefix of a slot's deployment endpoint; clients put `https://` before it and their path behind. */
export function scmHostOf(world: World, slot: Slot): string {
  return `${world.settings.hostName}:${world.port}/scm/${labelOf(slot)}`;
}

/** `kind` of a site and of what belongs to it. */
export function kindOf({ linux, functions }: Pick<Site, 'linux' | 'functions'>): string {
  return [functions === undefined ? 'app' : 'functionapp', ...(linux ? ['linux'] : [])].join();
}

/** The Site resource as recorded from Azure: the fields that clients read, and those that hold the truth of a swap. */
export function siteResource(world: World, slot: Slot): Record<string, unknown> {
  const { site } = slot;
  const production = isProduction(slot);
  const scm = scmHostOf(world, slot);
  return {
    id: resourceId(world, slot),
    name: resourceName(slot),
    type: resourceType(slot),
    kind: kindOf(site),
    location: LOCATION,
    tags: {},
    properties: {
      name: production ? site.name : `${site.name}(${slot.name})`,
      state: slot.running ? 'Running' : 'Stopped',
      hostNames: [hostOf(slot)],
      webSpace: `${site.resourceGroup}-WestEuropewebspace`,
      selfLink: world.url,
      repositorySiteName: site.name,
      owner: null,
      usageState: 'Normal',
      enabled: slot.running,
      adminEnabled: true,
      enabledHostNames: [hostOf(slot), scm],
      siteProperties: { metadata: null, properties: [], appSettings: null },
      availabilityState: 'Normal',
      sslCertificates: null,
      hostNameSslStates: [
        { name: hostOf(slot), sslState: 'Disabled', hostType: 'Standard' },
        { name: scm, sslState: 'Disabled', hostType: 'Repository' },
      ],
      serverFarmId: serverFarmId(world, slot),
      reserved: site.linux,
      isXenon: false,
      hyperV: false,
      lastModifiedTimeUtc: slot.modifiedAt.toISOString(),
      siteConfig: {
        numberOfWorkers: 1,
        linuxFxVersion: site.linux ? 'NODE|20-lts' : '',
        alwaysOn: true,
        autoSwapSlotName: null,
      },
      deploymentId: slot.content.id,
      slotName: production ? null : slot.name,
      trafficManagerHostNames: null,
      sku: 'Standard',
      targetSwapSlot: slot.targetSwapSlot,
      slotSwapStatus: slot.slotSwapStatus,
      inProgressOperationId: site.hidesOperations ? null : (slot.operation?.id ?? null),
      clientAffinityEnabled: false,
      httpsOnly: true,
      hostNamesDisabled: false,
      resourceGroup: site.resourceGroup,
      defaultHostName: hostOf(slot),
      buildVersion: null,
      targetBuildVersion: null,
      publicNetworkAccess: null,
    },
  };
}

export function serverFarmId(world: World, slot: Slot): string {
  return `/subscriptions/${world.settings.subscriptionId}/resourceGroups/${slot.site.resourceGroup}/providers/Microsoft.Web/serverfarms/plan-${slot.site.resourceGroup}`;
}

/** config/web of a slot. `experiments` is never null: `az` reads into it without looking. */
export function webConfigResource(world: World, slot: Slot): Record<string, unknown> {
  const { site } = slot;
  const { experiments, ...config } = slot.config;
  const rules = slot === productionOf(site) ? experiments : undefined;
  return {
    id: `${resourceId(world, slot)}/config/web`,
    name: resourceName(slot),
    type: `${resourceType(slot)}/config`,
    location: LOCATION,
    properties: {
      numberOfWorkers: 1,
      linuxFxVersion: site.linux ? 'NODE|20-lts' : '',
      nodeVersion: '',
      scmType: 'None',
      use32BitWorkerProcess: false,
      webSocketsEnabled: false,
      alwaysOn: true,
      managedPipelineMode: 'Integrated',
      loadBalancing: 'LeastRequests',
      autoSwapSlotName: null,
      healthCheckPath: null,
      minTlsVersion: '1.2',
      ftpsState: 'FtpsOnly',
      http20Enabled: true,
      ...config,
      ipSecurityRestrictions: restrictions(config['ipSecurityRestrictions']),
      scmIpSecurityRestrictions: restrictions(config['scmIpSecurityRestrictions']),
      scmIpSecurityRestrictionsUseMain: config['scmIpSecurityRestrictionsUseMain'] === true,
      experiments: rules ?? { rampUpRules: [] },
    },
  };
}

/** Of the entry that the service adds at the end of every list. */
const LAST_PRIORITY = 2_147_483_647;

/**
 * Rules of access as the service lists them: an entry for everybody else closes the list, which lets them in as long as
 * there is no rule. What a client has read of that entry and sends back is not a rule.
 */
function restrictions(stored: unknown): unknown[] {
  const rules = Array.isArray(stored)
    ? stored.filter((one) => !isObject(one) || one['priority'] !== LAST_PRIORITY)
    : [];
  const action = rules.length === 0 ? 'Allow' : 'Deny';
  const others = { ipAddress: 'Any', action, priority: LAST_PRIORITY };
  return [...rules, { ...others, name: `${action} all`, description: `${action} all access` }];
}
