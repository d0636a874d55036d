import { json } from '../server/reply.ts';
import { route, type Route } from '../server/router.ts';
import type { World } from '../world/world.ts';

/** What clients ask before anything else: the endpoints of this cloud, its subscriptions and tenants. */
export function discoveryRoutes(world: World): { open: Route[]; authorised: Route[] } {
  const subscription = (): Record<string, unknown> => ({
    id: `/subscriptions/${world.settings.subscriptionId}`,
    authorizationSource: 'RoleBased',
    managedByTenants: [],
    subscriptionId: world.settings.subscriptionId,
    tenantId: world.settings.tenantId,
    displayName: 'Emulated subscription',
    state: 'Enabled',
    subscriptionPolicies: {
      locationPlacementId: 'Public_2014-09-01',
      quotaId: 'PayAsYouGo_2014-09-01',
      spendingLimit: 'Off',
    },
  });
  return {
    open: [
      route('GET /metadata/endpoints', ({ query }) => {
        // Three generations: first the bare endpoints, in 2019 an array of clouds, since then this one cloud.
        const version = query.get('api-version') ?? '';
        if (version < '2019') return json(200, firstGeneration(world));
        return json(200, version < '2020' ? [cloud(world)] : cloud(world));
      }),
    ],
    authorised: [
      route('GET /subscriptions', () => json(200, { value: [subscription()], count: { type: 'Total', value: 1 } })),
      route('GET /subscriptions/:subscription', () => json(200, subscription())),
      route('GET /tenants', () =>
        json(200, {
          value: [
            {
              id: `/tenants/${world.settings.tenantId}`,
              tenantId: world.settings.tenantId,
              displayName: 'Emulator',
              tenantCategory: 'Home',
            },
          ],
        }),
      ),
    ],
  };
}

function firstGeneration(world: World): Record<string, unknown> {
  return {
    galleryEndpoint: `${world.url}/gallery`,
    graphEndpoint: `${world.url}/graph`,
    portalEndpoint: world.url,
    authentication: { loginEndpoint: world.url, audiences: [world.url] },
  };
}

function cloud(world: World): Record<string, unknown> {
  return {
    name: 'AzureCloud',
    portal: world.url,
    authentication: {
      loginEndpoint: world.url,
      audiences: [world.url, 'https://management.core.windows.net/', 'https://management.azure.com/'],
      tenant: 'common',
      identityProvider: 'AAD',
    },
    media: `${world.url}/media`,
    graphAudience: `${world.url}/graph`,
    graph: `${world.url}/graph`,
    gallery: `${world.url}/gallery`,
    batch: `${world.url}/batch`,
    sqlManagement: `${world.url}/sql`,
    vmImageAliasDoc: `${world.url}/images`,
    resourceManager: `${world.url}/`,
    activeDirectoryDataLake: `${world.url}/datalake`,
    appServiceResourceId: 'https://appservice.azure.com',
    suffixes: {
      storage: 'core.windows.net',
      keyVaultDns: 'vault.azure.net',
      sqlServerHostname: 'database.windows.net',
      acrLoginServer: 'azurecr.io',
      azureDataLakeStoreFileSystem: 'azuredatalakestore.net',
      azureDataLakeAnalyticsCatalogAndJob: 'azuredatalakeanalytics.net',
    },
  };
}
