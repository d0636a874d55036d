import { deploy } from '../../rollout/deploy/deploy.ts';
import type { PlannedTarget } from '../../rollout/plan/plan.ts';
import { rollBack } from '../../rollout/recover/roll-back.ts';
import { systemClock } from '../../time/clock.ts';
import { NONE, type Fault, type Kill } from './faults.ts';
import type { Trouble } from './kinds/kind.ts';
import { mortalPorts, type Point } from './mortal-ports.ts';
import type { Rehearsal } from './prepare.ts';
import { rowWorld, type RowWorld, type Standing } from './world.ts';

/** Each world is an Azure and the user's apps as real processes. */
const WORLDS = 2;

/** What one fault at one service led to. `kept` only when production holds what the tool promises. */
export interface Row {
  /** Where it goes wrong; `all` where nothing does. */
  readonly service: string;
  readonly fault: string;
  readonly title: string;
  /** How the deployment ended, and the rollback after it where the agent had died. */
  readonly outcome: string;
  readonly reason: string;
  /** By service: the old release, or the new one. */
  readonly production: Readonly<Record<string, 'old' | 'new'>>;
  readonly kept: boolean;
  /** What is not as promised. */
  readonly broken: readonly string[];
  readonly durationMs: number;
}

export interface RehearsalResult {
  readonly ok: boolean;
  readonly rows: readonly Row[];
  /** `service fault` of rows for which there was no time. */
  readonly left: readonly string[];
  readonly standIns: readonly string[];
  readonly durationMs: number;
}

/**
 * Deploys the plan once for every fault that its kind can have at every app, each time on a fresh Azure of its own, and looks at what is in
 * production then. Begins no row after `limitMs`.
 * @throws the signal's reason when it is aborted
 */
export async function rehearse(
  rehearsal: Rehearsal,
  faultsOf: (kind: string) => readonly Fault[],
  limitMs: number,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<RehearsalResult> {
  const begun = systemClock.monotonic();
  const cast = castOf(rehearsal, faultsOf);
  const rows: (Row | undefined)[] = cast.map(() => undefined);
  let next = 0;
  const play = async (): Promise<void> => {
    for (let index = next++; index < cast.length; index = next++) {
      signal.throwIfAborted();
      if (systemClock.monotonic() - begun >= limitMs) return;
      const row = await playRow(rehearsal, { index, ...cast[index]! }, signal);
      rows[index] = row;
      say(`${row.kept ? 'kept  ' : 'BROKEN'}  ${row.service}: ${row.title}: ${row.outcome}, ${printProduction(row)}`);
    }
  };
  // Both worlds are closed before anything is told: their processes and files must not outlive the command.
  const ended = await Promise.allSettled(Array.from({ length: WORLDS }, play));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  const played = rows.filter((row) => row !== undefined);
  const left = cast.flatMap(({ app, fault }, index) =>
    rows[index] === undefined ? [`${nameOf(app, fault)} ${fault.id}`] : [],
  );
  return {
    ok: left.length === 0 && played.every(({ kept }) => kept),
    rows: played,
    left,
    standIns: rehearsal.standIns,
    durationMs: Math.round(systemClock.monotonic() - begun),
  };
}

/** Where nothing goes wrong, it goes wrong nowhere: once is enough. */
function castOf({ parts }: Rehearsal, faultsOf: (kind: string) => readonly Fault[]): Trouble[] {
  return parts.flatMap(({ service: app }, index) =>
    faultsOf(app.kind)
      .filter((fault) => index === 0 || fault.id !== NONE.id)
      .map((fault) => ({ app, fault })),
  );
}

function nameOf(app: PlannedTarget, fault: Fault): string {
  return fault.id === NONE.id ? 'all' : app.name;
}

async function playRow(
  rehearsal: Rehearsal,
  row: Trouble & { readonly index: number },
  signal: AbortSignal,
): Promise<Row> {
  const begun = systemClock.monotonic();
  const { app, fault } = row;
  const world = await rowWorld(rehearsal, row, signal);
  try {
    const { outcome, reason } = await act(rehearsal, row, world);
    const standings = await world.standing();
    const service = nameOf(app, fault);
    const broken = promises(standings, service, fault, outcome, reason);
    return {
      service,
      fault: fault.id,
      title: fault.title,
      outcome,
      reason,
      production: Object.fromEntries(standings.map(({ service, release }) => [service, release])),
      kept: broken.length === 0,
      broken,
      durationMs: Math.round(systemClock.monotonic() - begun),
    };
  } finally {
    await world.close();
  }
}

async function act(
  { plan }: Rehearsal,
  { app, fault }: Trouble,
  world: RowWorld,
): Promise<{ outcome: string; reason: string }> {
  const own = { ...plan, policy: { ...plan.policy, ...fault.policy } };
  if (fault.kill === undefined) return await deploy(own, world.ports(), 'a rehearsal');
  const mortal = mortalPorts(world.ports(), deathAt(app.target.app, fault.kill));
  const ended = await Promise.race([mortal.death, deploy(own, mortal.ports, 'a rehearsal')]);
  if (typeof ended !== 'string') return { ...ended, outcome: `${ended.outcome}, the agent lived` };
  const hook = await rollBack({ scope: plan.rollbackScope, services: [], reason: 'the agent died' }, world.ports());
  return { outcome: `killed, then ${hook.outcome}`, reason: hook.reason };
}

/** Where an app's agent dies, by the points that it passes. */
function deathAt(app: string, { is, nth, when }: NonNullable<Fault['kill']>): (point: Point) => boolean {
  let calls = 0;
  return (point) => {
    if (point.app !== app || !is(point)) return false;
    if (point.when === 'before') calls += 1;
    return calls === nth && point.when === when;
  };
}

/**
 * Pure: what of the promises is broken, in words; none when all are kept.
 * @param faulty the service that the fault is at, or `all`
 */
export function promises(
  standings: readonly Standing[],
  faulty: string,
  { ends, kill }: Pick<Fault, 'ends'> & { readonly kill?: Kill },
  outcome: string,
  reason: string,
): string[] {
  const broken: string[] = [];
  for (const { service, release, verified, healthy, promotions } of standings) {
    if (release === 'new' && !verified) broken.push(`${service} holds a new release that was not verified`);
    if (!healthy) broken.push(`${service} is not healthy in production`);
    if (promotions > 2) broken.push(`users of ${service} were moved ${promotions} times`);
    if ((service === faulty || faulty === 'all') && ends !== 'either' && release !== ends)
      broken.push(`${service} holds the ${release} release and not the ${ends} one (${outcome}: ${reason})`);
  }
  if (kill !== undefined && outcome.endsWith('the agent lived'))
    broken.push(`the agent was to die ${kill.when} its ${kill.call} and never came there: ${reason}`);
  return broken;
}

export function printProduction({ production }: Pick<Row, 'production'>): string {
  return Object.entries(production)
    .map(([service, release]) => `${service} ${release}`)
    .join(', ');
}
