import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from './server/certificate.ts';
import { addContainerApp } from './arm/app/create.ts';
import { addAlert } from './arm/monitor/alerts.ts';
import { containerAppSnapshot } from './arm/app/snapshot.ts';
import { addSite } from './arm/web/add-site.ts';
import { Approvals } from './devops/approvals.ts';
import { COLLECTION, type DevOpsState } from './devops/devops.ts';
import { addPullRequest } from './devops/pull-request.ts';
import type { Emulator } from './emulator.ts';
import type { EmulatorOptions } from './world/options.ts';
import { withDefaults } from './world/settings.ts';
import { mainEndpoint } from './endpoint.ts';
import { LIFELINE_SCRIPT } from './apps/lifeline.ts';
import { enterEnvironment } from './release/environment.ts';
import { evaluateGates } from './release/gated-stage.ts';
import { listen } from './server/listener.ts';
import { snapshotOf } from './arm/web/snapshot.ts';
import { findSlot, hostOf, PRODUCTION } from './state/site.ts';
import { World } from './world/world.ts';

export type { AppStart, AppState, RunningApp } from './apps/app-process.ts';
export type { ContainerAppSpec } from './state/container-app-spec.ts';
export type { ContainerAppSnapshot, RevisionSnapshot } from './arm/app/snapshot.ts';
export type { AlertSpec } from './state/alert.ts';
export type { SiteSpec } from './state/site-spec.ts';
export type { Emulator } from './emulator.ts';
export type { EmulatorOptions } from './world/options.ts';
export type { FaultEffect, FaultMatch, FaultRule } from './faults/fault.ts';
export type { RecordedRequest } from './server/request-log.ts';
export type { ServedRequest } from './world/served-log.ts';
export type { ApprovalState } from './devops/approvals.ts';
export type { PlanState } from './devops/plan.ts';
export type { PullRequestSpec, PullRequestState } from './devops/pull-request.ts';
export type { EnvironmentCheck, EnvironmentEnd, EnvironmentEntry } from './release/environment.ts';
export type { GatedStage, Gate } from './release/gated-stage.ts';
export type { GatesEnd, GatesEvaluation } from './release/gates.ts';
export { INVOKE_REST_API, type TaskDeclaration } from './server-task/declaration.ts';
export type { Verdict } from './server-task/evaluate-task.ts';
export type { SiteSnapshot, SlotSnapshot } from './arm/web/snapshot.ts';

/** Starts an Azure of its own on loopback: it shares nothing with other emulators and leaves nothing behind. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const settings = withDefaults(options);
  const folder = await mkdtemp(join(tmpdir(), 'safe-rollout-emulator-'));
  const certificate = makeCertificate(new Date());
  const world = new World(settings, certificate, folder);
  const devOps: DevOpsState = {
    attachments: [],
    builds: new Map(),
    pullRequests: [],
    plans: { events: [], records: [], logs: [] },
    planListeners: new Set(),
    approvals: new Approvals(),
  };
  const close = async (): Promise<void> => {
    await world.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await writeFile(world.caFile, certificate.caPem);
    await writeFile(world.lifelineFile, LIFELINE_SCRIPT);
    const listener = await listen(certificate, options.port ?? 0, mainEndpoint(world, devOps));
    world.port = listener.port;
    world.listeners.set(listener.port, listener);
    for (const spec of options.sites ?? []) await addSite(world, spec);
    for (const [reference, source] of Object.entries(options.images ?? {}))
      await world.images.add(reference, source, world.closing.signal);
    for (const spec of options.containerApps ?? []) await addContainerApp(world, spec);
    for (const rule of options.faults ?? []) world.faults.add(rule);
  } catch (cause) {
    await close();
    throw cause;
  }
  return emulator(world, devOps, close);
}

function emulator(world: World, devOps: DevOpsState, close: () => Promise<void>): Emulator {
  const { tenantId, clientId, clientSecret, subscriptionId, devOpsToken } = world.settings;
  const slotOf = (name: string, slot: string = PRODUCTION) => {
    const site = world.site(name);
    const found = site === undefined ? undefined : findSlot(site, slot);
    if (site === undefined || found === undefined)
      throw new Error(`The emulator has no slot ${slot} of a site ${name}.`);
    return found;
  };
  const stateOf = (name: string) => {
    const app = world.containerApp(name);
    if (app === undefined) throw new Error(`The emulator has no container app ${name}.`);
    return containerAppSnapshot(app);
  };
  let closed: Promise<void> | undefined;
  return {
    armUrl: world.url,
    authorityUrl: world.url,
    devOpsUrl: `${world.url}${COLLECTION}/`,
    devOpsToken,
    caPem: world.certificate.caPem,
    caFile: world.caFile,
    tenantId,
    clientId,
    clientSecret,
    subscriptionId,
    addSite: async (spec) => {
      await addSite(world, spec);
    },
    siteUrl: (name, slot) => `https://${hostOf(slotOf(name, slot))}`,
    addImage: async (reference, source) => {
      await world.images.add(reference, source, world.closing.signal);
    },
    addContainerApp: async (spec) => {
      await addContainerApp(world, spec);
    },
    containerAppState: (name) => stateOf(name),
    containerAppUrl: (name, of) => {
      const { url, revisions, labels } = stateOf(name);
      const found = of === undefined ? url : 'revision' in of ? revisions[of.revision]?.url : labels[of.label]?.url;
      if (found === undefined) throw new Error(`The container app ${name} has no ${JSON.stringify(of)}.`);
      return found;
    },
    addFault: (rule) => world.faults.add(rule),
    faults: () => world.faults.list(),
    removeFault: (id) => void world.faults.remove(id),
    clearFaults: () => world.faults.clear(),
    requests: (filter) => world.requests.find(filter),
    connections: () => world.listeners.get(world.port)?.connections() ?? 0,
    siteState: (name) => snapshotOf(slotOf(name).site),
    attachments: () => [...devOps.attachments],
    addBuild: (id, planId) => void devOps.builds.set(id, planId),
    addAlert: (spec) => addAlert(world, spec),
    addPullRequest: (spec) => void addPullRequest(devOps.pullRequests, spec),
    pullRequests: () => structuredClone(devOps.pullRequests),
    plans: () => structuredClone(devOps.plans),
    evaluateGates: (stage) => evaluateGates(world, stage),
    enterEnvironment: (entry) => enterEnvironment(world, devOps, entry),
    approvals: () => structuredClone(devOps.approvals.list()),
    served: (filter) => world.served.find(filter),
    environment: () => ({
      AZURE_TENANT_ID: tenantId,
      AZURE_CLIENT_ID: clientId,
      AZURE_CLIENT_SECRET: clientSecret,
      AZURE_SUBSCRIPTION_ID: subscriptionId,
      AZURE_AUTHORITY_HOST: world.url,
      NODE_EXTRA_CA_CERTS: world.caFile,
      SAFE_ROLLOUT_ARM_ENDPOINT: world.url,
    }),
    close: () => (closed ??= close()),
  };
}
