import { badRequest, refuseWhileBusy, refuseWhilePrepared, siteRoute, slotRoutes } from './scope.ts';
import { readJson, type Exchange } from '../../server/exchange.ts';
import { isObject, objectAt, stringMap, stringsAt } from '../../json/json.ts';
import { json, type Reply } from '../../server/reply.ts';
import type { Route } from '../../server/router.ts';
import { restart } from './environment.ts';
import { resourceId, resourceName, resourceType, scmHostOf, webConfigResource } from './site-resource.ts';
import { hostOf, isProduction, labelOf, type Site, type Slot } from '../../state/site.ts';
import type { World } from '../../world/world.ts';

/** Configuration of sites and slots: config/web, app settings, sticky names, publishing credentials. */
export function configRoutes(world: World): Route[] {
  return [
    ...slotRoutes(world, 'GET /config/web', (slot) => json(200, webConfigResource(world, slot))),
    // PUT and PATCH both merge here: the service keeps what a body leaves out, too.
    ...['PATCH', 'PUT'].flatMap((method) =>
      slotRoutes(world, `${method} /config/web`, (slot, exchange) => mergeWebConfig(world, slot, exchange)),
    ),
    ...slotRoutes(world, 'POST /config/appsettings/list', (slot) => json(200, appSettings(world, slot))),
    ...slotRoutes(world, 'PUT /config/appsettings', (slot, exchange) => replaceAppSettings(world, slot, exchange)),
    siteRoute(world, 'GET /config/slotConfigNames', (site) => json(200, slotConfigNames(site))),
    siteRoute(world, 'PUT /config/slotConfigNames', replaceSlotConfigNames),
    ...slotRoutes(world, 'POST /config/publishingcredentials/list', (slot) =>
      json(200, publishingCredentials(world, slot)),
    ),
    ...slotRoutes(world, 'GET /config/authsettingsV2', (slot) => json(200, signInSettings(world, slot))),
    ...slotRoutes(world, 'POST /publishxml', (slot) => publishingProfile(world, slot)),
    ...slotRoutes(world, 'GET /basicPublishingCredentialsPolicies/scm', (slot) => json(200, scmPolicy(world, slot))),
    ...slotRoutes(world, 'PUT /basicPublishingCredentialsPolicies/scm', async (slot, exchange) => {
      const { allow } = objectAt(await readJson(exchange), 'properties');
      if (typeof allow !== 'boolean') throw badRequest("The parameter 'properties.allow' is missing.");
      slot.scmBasicAuth = allow;
      return json(200, scmPolicy(world, slot));
    }),
  ];
}

async function mergeWebConfig(world: World, slot: Slot, exchange: Exchange): Promise<Reply> {
  const properties = objectAt(await readJson(exchange), 'properties');
  refuseWhileBusy(slot, exchange);
  refuseWhilePrepared(slot);
  const before = slot.config['healthCheckPath'];
  const experiments = properties['experiments'];
  slot.config = {
    ...slot.config,
    ...properties,
    // Rules on other slots than production are dropped without a word, as the service does.
    experiments: isProduction(slot) && isObject(experiments) ? experiments : slot.config['experiments'],
  };
  slot.modifiedAt = world.now();
  // A change of the health check path is documented to restart the app.
  if ('healthCheckPath' in properties && properties['healthCheckPath'] !== before) void restart(world, slot);
  return json(200, webConfigResource(world, slot));
}

async function replaceAppSettings(world: World, slot: Slot, exchange: Exchange): Promise<Reply> {
  const properties = objectAt(await readJson(exchange), 'properties');
  refuseWhileBusy(slot, exchange);
  refuseWhilePrepared(slot);
  slot.appSettings = stringMap(properties);
  slot.modifiedAt = world.now();
  void restart(world, slot);
  return json(200, appSettings(world, slot));
}

function appSettings(world: World, slot: Slot): Record<string, unknown> {
  return {
    id: `${resourceId(world, slot)}/config/appsettings`,
    name: 'appsettings',
    type: `${resourceType(slot)}/config`,
    location: 'West Europe',
    properties: slot.appSettings,
  };
}

/** As far as anybody asks: whether visitors must sign in. */
function signInSettings(world: World, slot: Slot): Record<string, unknown> {
  return {
    id: `${resourceId(world, slot)}/config/authsettingsV2`,
    name: 'authsettingsV2',
    type: `${resourceType(slot)}/config`,
    location: 'West Europe',
    properties: {
      platform: { enabled: slot.signIn },
      globalValidation: { requireAuthentication: slot.signIn },
    },
  };
}

/** Whether the publishing password opens the deployment endpoint. */
function scmPolicy(world: World, slot: Slot): Record<string, unknown> {
  return {
    id: `${resourceId(world, slot)}/basicPublishingCredentialsPolicies/scm`,
    name: 'scm',
    type: `${resourceType(slot)}/basicPublishingCredentialsPolicies`,
    location: 'West Europe',
    properties: { allow: slot.scmBasicAuth },
  };
}

function slotConfigNames(site: Site): Record<string, unknown> {
  return {
    id: null,
    name: site.name,
    type: 'Microsoft.Web/sites',
    location: 'West Europe',
    properties: {
      appSettingNames: site.stickySettings,
      connectionStringNames: site.stickyConnectionStrings,
      azureStorageConfigNames: site.stickyMounts,
    },
  };
}

async function replaceSlotConfigNames(site: Site, exchange: Exchange): Promise<Reply> {
  const properties = objectAt(await readJson(exchange), 'properties');
  const named = (key: string): string[] | null => (Array.isArray(properties[key]) ? stringsAt(properties, key) : null);
  for (const slot of site.slots.values()) refuseWhileBusy(slot, exchange);
  site.stickySettings = named('appSettingNames') ?? [];
  site.stickyConnectionStrings = named('connectionStringNames');
  site.stickyMounts = named('azureStorageConfigNames');
  return json(200, slotConfigNames(site));
}

function publishingCredentials(world: World, slot: Slot): Record<string, unknown> {
  const user = publishingUser(slot);
  return {
    id: `${resourceId(world, slot)}/publishingcredentials/$${user}`,
    name: resourceName(slot),
    type: `${resourceType(slot)}/publishingcredentials`,
    location: 'West Europe',
    properties: {
      name: null,
      publishingUserName: user,
      publishingPassword: slot.publishingPassword,
      scmUri: `https://${user}:${slot.publishingPassword}@${scmHostOf(world, slot)}`,
    },
  };
}

/** `az webapp show` reads it for its FTP address; there is none here, so the one profile is that of the zip deployment. */
function publishingProfile(world: World, slot: Slot): Reply {
  const attributes = {
    profileName: `${labelOf(slot)} - Zip Deploy`,
    publishMethod: 'ZipDeploy',
    publishUrl: scmHostOf(world, slot),
    userName: publishingUser(slot),
    userPWD: slot.publishingPassword,
    destinationAppUrl: `https://${hostOf(slot)}`,
  };
  const text = Object.entries(attributes).map(([key, value]) => `${key}="${value}"`);
  const body = `<publishData><publishProfile ${text.join(' ')}><databases /></publishProfile></publishData>`;
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}

/** `$app__staging` for a slot, `$app` for the site. */
export function publishingUser(slot: Slot): string {
  return isProduction(slot) ? `$${slot.site.name}` : `$${slot.site.name}__${slot.name}`;
}
