import { formatDuration } from '../../../time/duration.ts';
import type { AppService, Service } from '../../../catalogue/model.ts';
import { isSlotTarget, type SlotTarget } from '../../../journal/slots.ts';
import { facingUsers } from '../../../journal/users-side.ts';
import type { Account, DeploymentPlan, PlannedBase, PlannedService, PlannedTarget } from '../../plan/plan.ts';
import { hasTexts, readHealth } from '../../plan/read-health.ts';
import { hostOf, type DeployPorts, type RolloutEvent } from '../../ports.ts';
import { recordOrThrow } from '../../way/context.ts';
import { resume } from '../../promotion/resume.ts';
import { resultOf, unchanged, type ServiceResult } from '../../way/service-result.ts';
import type { Kind, RunAt } from '../../plan/kind.ts';
import { swapContext } from './context.ts';
import type { SwapRequest } from './desk.ts';
import { swapOf } from './cures.ts';
import { takeLeftoverBack } from './leftovers.ts';
import { lookAtSlots } from './look-at-slots.ts';
import type { AppHost, UploadWait } from './ports.ts';
import { swapAlone } from './swap-alone.ts';
import { prepareUpload, swapSlot } from './swap-slot.ts';
import { unsettledSlots } from './unsettled.ts';

/** An app of App Service, whose release is uploaded to a slot and swapped before users. */
export interface PlannedApp extends PlannedTarget {
  readonly kind: 'appService';
  readonly target: SlotTarget;
  /** The zip to upload, or null: the slot already holds what is to be promoted. */
  readonly file: string | null;
}

export function isPlannedApp(service: PlannedService): service is PlannedApp {
  return service.kind === 'appService';
}

export const appService: Kind = {
  name: 'appService',
  plan: (service, base, request) => {
    const { name, package: file } = ofKind(service);
    const target = targetOf(service, request);
    const problems = typeof target === 'string' ? [`'${name}' ${target}`] : [];
    if (file === undefined) problems.push(`'${name}' has no package to deploy: add package: PATH to it.`);
    if (typeof target === 'string' || file === undefined) return problems;
    return plannedApp(ofKind(service), base, target, request.resolve(file));
  },
  read: (service) => {
    // Plans of schema 1 know no other kind of target.
    const target = { kind: 'appService', ...(service['target'] as object) };
    if (!hasTexts(target, ['subscription', 'resourceGroup', 'app', 'source', 'destination']))
      return 'has an incomplete target';
    const health = readHealth(service['health']);
    if (health === undefined) return 'has an incomplete probe';
    return { ...(service as unknown as PlannedApp), target: facingUsers(target as unknown as SlotTarget), health };
  },
  describe: (service) => {
    const { app, source, destination } = (service as PlannedApp).target;
    return `to ${app}, slot ${source}, then ${destination}`;
  },
  packageOf: (service) => ofKind(service).package,
  deploy: (service, run, ports) => deployApp(service as PlannedApp, run, ports),
  exposes: {
    target: targetOf,
    context: (request, ports) => {
      const { target } = request;
      if (!isSlotTarget(target)) throw new Error(`a target of ${target.kind} has no slots`);
      return swapContext({ ...request, target }, ports);
    },
    byHand: (target) => swapOf(target as SlotTarget),
    look: lookAtSlots,
    unsettled: unsettledSlots,
    tidy: takeLeftoverBack,
    restore: (service, { version, policy, why }, ports) =>
      swapAlone(
        {
          promotion: `force-${service.name}-${ports.journal.run}`,
          service: service.name,
          target: (service as PlannedApp).target,
          release: { version, digest: null },
          health: service.health,
          expectedVersion: version,
          policy,
        },
        ports,
        { action: 'swap', why },
      ),
  },
};

function ofKind(service: Service): AppService {
  if (service.kind !== 'appService') throw new Error(`'${service.name}' is no app of App Service`);
  return service;
}

function targetOf(service: Service, { subscription, resourceGroup: fallback }: Account): SlotTarget | string {
  const { app, slot, resourceGroup = fallback } = ofKind(service);
  if (resourceGroup === undefined) return 'has no resource group: add resourceGroup to it or to defaults.';
  return { kind: 'appService', subscription, resourceGroup, app, source: slot, destination: 'production' };
}

/** @param file the zip to upload, or null: the slots are taken as they are */
function plannedApp(
  { probe: asked, version }: AppService,
  base: PlannedBase,
  target: SlotTarget,
  file: string | null,
): PlannedApp {
  const { url, path, ...probe } = asked;
  return { ...base, kind: 'appService', target, file, health: { ...probe, path: url ?? path, version } };
}

async function deployApp(service: PlannedApp, { plan, state }: RunAt, ports: DeployPorts): Promise<ServiceResult> {
  const earlier = state.promotions.findLast(({ service: name }) => name === service.name);
  if (earlier !== undefined) {
    const resumed = await resume(swapContext(requestFor(service, earlier.id, plan), ports), earlier, state);
    if (resumed !== undefined) return resumed;
  }
  const promotion = `${service.name}-${ports.journal.run}-${ports.clock.now().toString(36)}`;
  const request = requestFor(service, promotion, plan);
  if (service.file !== null) {
    const refused = await prepareUpload(request, ports);
    if (refused !== undefined) return resultOf(refused);
    const failed = await upload(service, service.file, promotion, ports);
    if (failed !== undefined) return failed;
  }
  return resultOf(await swapSlot(request, ports));
}

function requestFor(
  { name, target, release, health }: PlannedApp,
  promotion: string,
  plan: DeploymentPlan,
): SwapRequest {
  // The version is demanded only where the service tells one.
  const expectedVersion = health.version === undefined ? undefined : (release.version ?? undefined);
  return { promotion, service: name, target, release, health, expectedVersion, policy: plan.policy };
}

async function upload(
  service: PlannedApp,
  file: string,
  promotion: string,
  ports: DeployPorts,
): Promise<ServiceResult | undefined> {
  const tell = (level: RolloutEvent['level'], message: string): void | Promise<void> =>
    ports.tell({ step: 'upload', level, service: service.name, message, at: ports.clock.now() });
  const { source } = service.target;
  const note = { service: service.name, promotion, target: service.target, release: service.release } as const;
  await recordOrThrow(ports, { action: 'upload', phase: 'intent', reason: `into slot '${source}'`, ...note });
  await tell(
    'info',
    `uploading ${service.release.version ?? service.release.digest?.slice(0, 12) ?? file} into slot '${source}'`,
  );
  const waiting: UploadWait = (reason, forMs, limitMs) => {
    const since = forMs < 1000 ? '' : `, ${formatDuration(Math.round(forMs / 1000) * 1000)}`;
    const message = `waiting to upload into slot '${source}'${since}: ${reason} (tried for up to ${formatDuration(limitMs)})`;
    return tell('warning', message);
  };
  const uploaded = await hostOf<AppHost>(ports, service.target).upload(source, file, ports.signal, waiting);
  if (uploaded.kind === 'uploaded') {
    await recordOrThrow(ports, {
      action: 'upload',
      phase: 'done',
      reason: `deployment ${uploaded.deployment}`,
      ...note,
    });
    return undefined;
  }
  await recordOrThrow(ports, { action: 'upload', phase: 'failed', reason: uploaded.message, ...note });
  await tell('error', uploaded.message);
  return unchanged('failed', uploaded.message);
}
