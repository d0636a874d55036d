import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readPackage } from '../../host/package-file.ts';
import { readText } from '../../host/text-file.ts';
import type { Release } from '../../journal/entry.ts';
import { RolloutError } from '../../rollout/errors.ts';
import type { DeploySettings } from '../../rollout/deploy/deploy.settings.ts';
import { isExposed } from '../../rollout/plan/kind.ts';
import type { DeploymentPlan } from '../../rollout/plan/plan.ts';
import { prepareDeployment } from '../../rollout/deploy/prepare-deployment.ts';
import type { HealthCheck, SwapPolicy } from '../../rollout/way/policy.ts';
import type { Part } from './kinds/kind.ts';
import { REHEARSED } from './kinds/table.ts';
import { pathOf } from './stand-in.ts';

/** Times by the fast clock. The settle time is long enough for a busy machine: half of it must do for a swap's last look. */
const TIMES: Partial<SwapPolicy> = {
  settleMs: 16_000,
  unseenMs: 32_000,
  bakeMs: 4000,
  swapGraceMs: 3000,
  gateLimitMs: 20_000,
  swapDeadlineMs: 120_000,
};
const LONGEST_STARTUP_MS = 24_000;
const LONGEST_INTERVAL_MS = 400;

/** All that the rows of a rehearsal share. */
export interface Rehearsal {
  readonly plan: DeploymentPlan;
  /** The services whose releases users see, in the order of the plan. */
  readonly parts: readonly Part[];
  /** Services whose release is not there, and is played. */
  readonly standIns: readonly string[];
  readonly subscription: string;
  readonly folder: string;
  readonly hostEnvironment: Readonly<Record<string, string | undefined>>;
}

/**
 * From the user's graph file and packages to what a rehearsal needs: the same plan as `deploy` makes, with short times.
 * @param folder where packages and journals may be kept; the caller removes it
 * @throws RolloutError `bad-input` as `deploy` does, and when there is no app in it
 */
export async function prepareRehearsal(
  settings: DeploySettings,
  folder: string,
  hostEnvironment: Rehearsal['hostEnvironment'],
): Promise<Rehearsal> {
  const subscription = randomUUID();
  const missing = new Set<string>();
  const planned = await prepareDeployment(settings, subscription, {
    readText,
    readPackage: (file) => {
      if (existsSync(file)) return readPackage(file);
      missing.add(file);
      // Without a version of its own: what the user or a range asks for holds.
      return Promise.resolve<Release>({ version: null, digest: null });
    },
  });
  const isThere = (file: string): boolean => !missing.has(file);
  const prepared = await Promise.all(
    REHEARSED.map((one) => {
      const own = planned.services.filter(isExposed).filter(({ kind }) => kind === one.name);
      return one.prepare(
        own.map((service) => ({ ...service, health: shortened(service.health) })),
        { folder, isThere },
      );
    }),
  );
  const byName = new Map(prepared.flat().map((part) => [part.service.name, part]));
  const services = planned.services.map((service) => byName.get(service.name)?.service ?? service);
  const parts = services.flatMap(({ name }) => byName.get(name) ?? []);
  if (parts.length === 0) {
    const problem = `There is no app to rehearse among ${planned.services.map(({ name }) => name).join(', ')}.`;
    throw new RolloutError({ code: 'bad-input', problems: [problem] });
  }
  const standIns = parts.filter(({ isStandIn }) => isStandIn).map(({ service }) => service.name);
  // What other pipelines must have deployed is in the real Azure alone.
  const plan = { ...planned, services, preconditions: [], policy: { ...planned.policy, ...TIMES } };
  return { plan, parts, standIns: standIns.sort(), subscription, folder, hostEnvironment };
}

function shortened(health: HealthCheck): HealthCheck {
  return {
    ...health,
    path: pathOf(health.path),
    startupMs: Math.min(health.startupMs, LONGEST_STARTUP_MS),
    intervalMs: Math.min(health.intervalMs, LONGEST_INTERVAL_MS),
    ...(health.version === undefined ? {} : { version: { ...health.version, path: pathOf(health.version.path) } }),
  };
}
