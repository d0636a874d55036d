import { stringAt, type JsonObject } from '../../json/json.ts';
import type { World } from '../../world/world.ts';
import { conditionOf } from './condition.ts';
import { replicaName } from './revision-run.ts';
import { findRevision, mainContainer, weightsOf, type ContainerApp, type Revision } from '../../state/container-app.ts';

/** `id` of an app, with the small letters that the service answers with. */
function appId(world: World, app: ContainerApp): string {
  return `${groupId(world, app)}/providers/Microsoft.App/containerapps/${app.name}`;
}

function groupId(world: World, app: ContainerApp): string {
  return `/subscriptions/${world.settings.subscriptionId}/resourceGroups/${app.resourceGroup}`;
}

/** The app as recorded from Azure. */
export function appResource(world: World, app: ContainerApp): Record<string, unknown> {
  const { document } = app;
  const latest = findRevision(app, app.latestRevisionName);
  const { secrets, ...configuration } = document.configuration;
  const environmentId = stringAt(document.rest, 'environmentId') ?? stringAt(document.rest, 'managedEnvironmentId');
  const environment =
    environmentId ?? `${groupId(world, app)}/providers/Microsoft.App/managedEnvironments/env-${app.resourceGroup}`;
  return {
    id: appId(world, app),
    name: app.name,
    type: 'Microsoft.App/containerApps',
    location: document.location,
    tags: document.tags,
    systemData: {
      createdBy: world.settings.clientId,
      createdByType: 'Application',
      createdAt: app.createdAt.toISOString(),
      lastModifiedBy: world.settings.clientId,
      lastModifiedByType: 'Application',
      lastModifiedAt: app.modifiedAt.toISOString(),
    },
    properties: {
      workloadProfileName: 'Consumption',
      ...document.rest,
      provisioningState: app.provisioningState,
      runningStatus: 'Running',
      managedEnvironmentId: environment,
      environmentId: environment,
      outboundIpAddresses: ['127.0.0.1'],
      latestRevisionName: app.latestRevisionName,
      latestReadyRevisionName: app.latestReadyRevisionName,
      latestRevisionFqdn: latest === undefined ? '' : revisionHost(app, latest),
      customDomainVerificationId: '0'.repeat(64),
      configuration: {
        registries: null,
        dapr: null,
        service: null,
        maxInactiveRevisions: 100,
        ...configuration,
        secrets: Array.isArray(secrets) ? secrets.map((one) => ({ name: stringAt(one, 'name') ?? '' })) : null,
        activeRevisionsMode: document.mode,
        ingress: ingressOf(app),
      },
      template: document.template,
      eventStreamEndpoint: `${world.url}${groupId(world, app)}/containerApps/${app.name}/eventstream`,
      delegatedIdentities: [],
    },
    identity: document.identity,
  };
}

function ingressOf(app: ContainerApp): Record<string, unknown> | null {
  const { ingress, traffic } = app.document;
  if (ingress === null) return null;
  return {
    external: false,
    targetPort: 80,
    exposedPort: 0,
    transport: 'Auto',
    customDomains: null,
    allowInsecure: false,
    ipSecurityRestrictions: null,
    corsPolicy: null,
    clientCertificateMode: null,
    stickySessions: null,
    additionalPortMappings: null,
    ...ingress,
    fqdn: `${app.hostName}:${app.port}`,
    traffic,
  };
}

function revisionHost(app: ContainerApp, revision: Revision): string {
  return `${app.hostName}:${revision.port}`;
}

export function revisionResource(world: World, app: ContainerApp, revision: Revision): Record<string, unknown> {
  return {
    id: revisionId(world, app, revision),
    name: revision.name,
    type: 'Microsoft.App/containerapps/revisions',
    properties: {
      createdTime: seconds(revision.createdAt),
      ...(app.document.ingress === null ? {} : { fqdn: revisionHost(app, revision) }),
      template: { revisionSuffix: null, ...revision.template },
      active: revision.active,
      trafficWeight: weightsOf(app).get(revision.name) ?? 0,
      ...conditionOf(revision),
    },
  };
}

/** With the capitals that revisions have in their ids, and apps have not. */
function revisionId(world: World, app: ContainerApp, { name }: Revision): string {
  return `${groupId(world, app)}/providers/Microsoft.App/containerApps/${app.name}/revisions/${name}`;
}

/** The replicas of a revision in the documented form: one, whatever the scale asks for, or none when it is inactive. */
export function replicaResources(world: World, app: ContainerApp, revision: Revision): Record<string, unknown>[] {
  const { replicas, runningState, runningStateDetails } = conditionOf(revision);
  if (replicas === 0) return [];
  const name = replicaName(revision);
  const container: JsonObject = mainContainer(revision.template);
  const ready = runningState === 'Running';
  return [
    {
      id: `${revisionId(world, app, revision)}/replicas/${name}`,
      name,
      type: 'Microsoft.App/containerapps/revisions/replicas',
      properties: {
        createdTime: seconds(revision.createdAt),
        runningState: ready ? 'Running' : 'NotRunning',
        runningStateDetails: runningStateDetails ?? '',
        containers: [
          {
            name: container['name'],
            containerId: `node://${revision.process?.pid ?? 0}`,
            ready,
            started: ready,
            restartCount: 0,
            runningState: ready ? 'Running' : runningState === 'Processing' ? 'Waiting' : 'Terminated',
          },
        ],
        initContainers: [],
      },
    },
  ];
}

/** `2024-10-14T07:05:19+00:00`, as revisions have their times. */
function seconds(at: Date): string {
  return `${at.toISOString().slice(0, 19)}+00:00`;
}
