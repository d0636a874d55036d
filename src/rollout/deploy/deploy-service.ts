import type { Promotion, RunState } from '../../journal/fold.ts';
import type { Verdict } from '../../probe/assess.ts';
import { watchUntilDecided } from '../../probe/watch.ts';
import { comparePrints } from '../kinds/app-service/content-print.ts';
import { isInterruption } from '../errors.ts';
import type { DeploymentPlan, PlannedApp, PlannedCommand, PlannedService } from '../plan/plan.ts';
import { formatDuration } from '../../time/duration.ts';
import type { CommandHost, RolloutEvent, RolloutPorts, UploadWait } from '../ports.ts';
import { lastLook } from '../kinds/app-service/last-look.ts';
import { finishPromotion, VERIFIED_AS } from '../promotion/promote.ts';
import { readState, recordOrThrow, swapContext } from '../promotion/context.ts';
import { probeTarget, type SwapRequest } from '../promotion/policy.ts';
import { prepareUpload, swapSlot } from '../kinds/app-service/swap-slot.ts';
import type { SwapResult } from '../promotion/result.ts';

/**
 * What became of one service. `done`: verified on its release, now or by an earlier attempt of this run. The others
 * are as for a swap; `failed` is a command or an upload that did not work, with nothing promoted.
 */
export interface ServiceResult {
  readonly outcome:
    | 'done'
    | 'refused'
    | 'failed'
    | 'restored'
    | 'restored-not-yet-healthy'
    | 'in-place-not-yet-healthy'
    | 'superseded'
    | 'unhealthy'
    | 'unknown';
  readonly reason: string;
  /** True when this run changed production for this service and it stayed so. */
  readonly changed: boolean;
  readonly versionBefore: string | null;
  readonly versionAfter: string | null;
}

export interface DeployPorts extends RolloutPorts {
  readonly commands: CommandHost;
}

/** Deploys one service of the plan. @throws what `swapSlot` throws */
export async function deployService(
  service: PlannedService,
  plan: DeploymentPlan,
  ports: DeployPorts,
): Promise<ServiceResult> {
  if (service.kind === 'package')
    return result(
      'done',
      `${service.name} ${service.release.version ?? ''} travels inside the packages that use it`,
      service.release.version,
    );
  const state = await readState(ports);
  if (state.problems.length > 0)
    return result(
      'unknown',
      `the journal has gaps, so an earlier attempt may have done what it does not show: ${state.problems.join('; ')}`,
    );
  return service.kind === 'command'
    ? await runCommand(service, state, ports)
    : await deployApp(service, state, plan, ports);
}

async function runCommand(
  service: PlannedCommand,
  { commandsDone, commandsLeft }: RunState,
  ports: DeployPorts,
): Promise<ServiceResult> {
  if (commandsDone.includes(service.name)) {
    await tell(ports, service, 'resumed', 'info', 'its command has run in this run already');
    return result('done', 'its command has run in this run already', service.release.version);
  }
  const note = { service: service.name, release: service.release } as const;
  const line = service.run.join(' ');
  if (commandsLeft.includes(service.name))
    await tell(
      ports,
      service,
      'resumed',
      'warning',
      `${line} was begun by an earlier attempt and is not known to have ended well; it is run again`,
    );
  await recordOrThrow(ports, { action: 'run', phase: 'intent', reason: line, ...note });
  let ended;
  try {
    ended = await ports.commands.run(service.run, service.timeoutMs, commandEnvironment(service), ports.signal);
  } catch (error) {
    if (isInterruption(error, ports.signal))
      await recordOrThrow(ports, { action: 'run', phase: 'unknown', reason: 'stopped while it ran', ...note });
    throw error;
  }
  const last = ended.output.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
  if (ended.exitCode === 0) {
    await recordOrThrow(ports, { action: 'run', phase: 'done', reason: last, ...note });
    await tell(ports, service, 'command', 'info', `${line}: ${last}`);
    return result('done', last, service.release.version);
  }
  const reason = `${line} ended with ${ended.exitCode === null ? 'no exit code' : `exit code ${ended.exitCode}`}: ${last}`;
  await recordOrThrow(ports, { action: 'run', phase: 'failed', reason, ...note });
  await tell(ports, service, 'command', 'error', reason);
  return result('failed', reason);
}

/** The command is told what it is run for, and nothing else of ours. */
function commandEnvironment({ name, release }: PlannedCommand): Record<string, string> {
  return { SAFE_ROLLOUT_SERVICE: name, ...(release.version === null ? {} : { SAFE_ROLLOUT_RELEASE: release.version }) };
}

async function deployApp(
  service: PlannedApp,
  state: RunState,
  plan: DeploymentPlan,
  ports: DeployPorts,
): Promise<ServiceResult> {
  const earlier = state.promotions.findLast(({ service: name }) => name === service.name);
  if (earlier !== undefined) {
    const resumed = await resume(earlier, state, service, plan, ports);
    if (resumed !== undefined) return resumed;
  }
  const promotion = `${service.name}-${ports.journal.run}-${ports.clock.now().toString(36)}`;
  const request = requestFor(service, promotion, plan);
  if (service.file !== null) {
    const refused = await prepareUpload(request, ports);
    if (refused !== undefined) return fromSwap(refused);
    const failed = await upload(service, service.file, promotion, ports);
    if (failed !== undefined) return failed;
  }
  return fromSwap(await swapSlot(request, ports));
}

function requestFor(service: PlannedApp, promotion: string, plan: DeploymentPlan): SwapRequest {
  const { name, target, release, health } = service;
  return {
    promotion,
    service: name,
    target,
    release,
    health,
    expectedVersion: expectedVersionOf(service),
    policy: plan.policy,
  };
}

/** The version is demanded only where the service tells one. */
function expectedVersionOf(service: PlannedApp): string | undefined {
  return service.health.version === undefined ? undefined : (service.release.version ?? undefined);
}

/**
 * An earlier attempt of this run got somewhere: what is verified and still there is not deployed again, and what was
 * swapped but not judged is judged now. Uploading anew would overwrite the only copy of the release from before.
 */
async function resume(
  earlier: Promotion,
  state: RunState,
  service: PlannedApp,
  plan: DeploymentPlan,
  ports: DeployPorts,
): Promise<ServiceResult | undefined> {
  const sameRelease =
    earlier.release?.digest === service.release.digest && earlier.release?.version === service.release.version;
  if (earlier.state === 'verified') {
    if (!sameRelease || earlier.after === null) return undefined;
    const now = await ports.host(service.target).observe(service.target.destination, ports.signal);
    if (comparePrints(now.print, earlier.after.target) !== 'same') return undefined;
    const target = probeTarget(service.health, now.url, expectedVersionOf(service));
    const health = await watchUntilDecided(
      target,
      { ...service.health, startupMs: 0 },
      ports,
      plan.policy.gateLimitMs,
      ports.signal,
    );
    if (health.kind !== 'healthy') return await turnedBad(service, earlier, health, ports);
    const { foreign } = await lastLook(swapContext(requestFor(service, earlier.id, plan), ports), earlier.after);
    if (foreign !== undefined)
      return {
        ...result('superseded', `verified by an earlier attempt of this run, and then ${foreign}`),
        changed: true,
      };
    await tell(
      ports,
      service,
      'resumed',
      'info',
      `verified by an earlier attempt of this run and still healthy: not deployed again`,
    );
    return { ...result('done', 'verified by an earlier attempt of this run', service.release.version), changed: true };
  }
  if (earlier.state === 'not-promoted' || earlier.state === 'undone') return undefined;
  if (!sameRelease)
    return result(
      'unknown',
      `an earlier attempt of this run left promotion ${earlier.id} of another release unfinished. Roll it back first (SafeRolloutRollback, or safe-rollout rollback --run ${ports.journal.run}).`,
    );
  await tell(
    ports,
    service,
    'resumed',
    'warning',
    `an earlier attempt left this promotion ${earlier.state}: looking at what the slots hold`,
  );
  const finished = await finishPromotion(requestFor(service, earlier.id, plan), earlier, state, ports);
  return finished === undefined ? undefined : fromSwap(finished);
}

/** Verified by an earlier attempt, and not healthy now: the release from before is still there to go back to. */
async function turnedBad(
  service: PlannedApp,
  { id }: Promotion,
  { kind, reason }: Verdict,
  ports: DeployPorts,
): Promise<ServiceResult> {
  const why = `verified by an earlier attempt of this run, and now ${kind}: ${reason}`;
  const { name, target } = service;
  await recordOrThrow(ports, {
    action: 'verify',
    phase: VERIFIED_AS[kind],
    reason: why,
    service: name,
    promotion: id,
    target,
  });
  return { ...result(kind === 'unhealthy' ? 'unhealthy' : 'unknown', why), changed: true };
}

async function upload(
  service: PlannedApp,
  file: string,
  promotion: string,
  ports: DeployPorts,
): Promise<ServiceResult | undefined> {
  const { source } = service.target;
  const note = { service: service.name, promotion, target: service.target, release: service.release } as const;
  await recordOrThrow(ports, { action: 'upload', phase: 'intent', reason: `into slot '${source}'`, ...note });
  await tell(
    ports,
    service,
    'upload',
    'info',
    `uploading ${service.release.version ?? service.release.digest?.slice(0, 12) ?? file} into slot '${source}'`,
  );
  const waiting: UploadWait = (reason, forMs, limitMs) => {
    const since = forMs < 1000 ? '' : `, ${formatDuration(Math.round(forMs / 1000) * 1000)}`;
    const message = `waiting to upload into slot '${source}'${since}: ${reason} (tried for up to ${formatDuration(limitMs)})`;
    return tell(ports, service, 'upload', 'warning', message);
  };
  const uploaded = await ports.host(service.target).upload(source, file, ports.signal, waiting);
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
  await tell(ports, service, 'upload', 'error', uploaded.message);
  return result('failed', uploaded.message);
}

function fromSwap(swap: SwapResult): ServiceResult {
  switch (swap.outcome) {
    case 'promoted':
      return {
        outcome: 'done',
        reason: swap.reason,
        changed: true,
        versionBefore: swap.versionBefore ?? null,
        versionAfter: swap.versionAfter ?? null,
      };
    case 'refused':
      return result('refused', swap.refusals.map(({ message }) => message).join(' '));
    case 'restored':
    case 'restored-not-yet-healthy':
      return result(swap.outcome, swap.reason, swap.versionAfter ?? null);
    case 'previewed':
    case 'cancelled':
      throw new Error(`a deployment ends in no ${swap.outcome} swap`);
    case 'unhealthy':
    case 'in-place-not-yet-healthy':
    case 'superseded':
    case 'unknown':
      return { ...result(swap.outcome, swap.reason), changed: true };
  }
}

function result(outcome: ServiceResult['outcome'], reason: string, version: string | null = null): ServiceResult {
  return { outcome, reason, changed: false, versionBefore: null, versionAfter: version };
}

async function tell(
  ports: RolloutPorts,
  service: PlannedService,
  step: RolloutEvent['step'],
  level: RolloutEvent['level'],
  message: string,
): Promise<void> {
  await ports.tell({ step, level, service: service.name, message, at: ports.clock.now() });
}
