import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readPackage } from '../../host/package-file.ts';
import { readText } from '../../host/text-file.ts';
import type { Release } from '../../journal/entry.ts';
import { RolloutError } from '../../rollout/errors.ts';
import type { DeploySettings } from '../../rollout/deploy/deploy.settings.ts';
import { isPlannedApp, type PlannedApp } from '../../rollout/kinds/app-service/app-service.ts';
import { isExposed } from '../../rollout/plan/kind.ts';
import type { DeploymentPlan } from '../../rollout/plan/plan.ts';
import { prepareDeployment } from '../../rollout/deploy/prepare-deployment.ts';
import type { HealthCheck, SwapPolicy } from '../../rollout/way/policy.ts';
import { packStandIn, pathOf } from './stand-in.ts';

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

/** The version of every baseline, and of a stand-in for which nobody names another. */
const BASELINE = '0.0.0-baseline';
const STAND_IN = '1.0.0';

/** All that the rows of a rehearsal share. */
export interface Rehearsal {
  readonly plan: DeploymentPlan;
  readonly apps: readonly PlannedApp[];
  /** Package of each app that is in production when a row begins. */
  readonly baselines: ReadonlyMap<string, string>;
  /** Services whose package is not there, and is played. */
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
  const others = planned.services.filter((one) => isExposed(one) && !isPlannedApp(one)).map(({ name }) => name);
  if (others.length > 0) {
    const rest = planned.services.filter(isPlannedApp).map(({ name }) => name);
    const problem = `A rehearsal plays web apps and function apps, and no ${others.map((name) => `'${name}'`).join(', ')}: leave ${others.length === 1 ? 'it' : 'them'} out${rest.length === 0 ? '' : ` (--services ${rest.join(',')})`}.`;
    throw new RolloutError({ code: 'bad-input', problems: [problem] });
  }
  const baselines = new Map<string, string>();
  const standIns: string[] = [];
  const services = await Promise.all(
    planned.services.map(async (service) => {
      if (!isPlannedApp(service)) return service;
      const health = shortened(service.health);
      const baseline = join(folder, `${service.name}.baseline.zip`);
      await packStandIn(baseline, service.name, health, BASELINE);
      baselines.set(service.name, baseline);
      if (service.file === null || !missing.has(service.file)) return { ...service, health };
      standIns.push(service.name);
      const file = join(folder, `${service.name}.zip`);
      const release = await packStandIn(file, service.name, health, service.release.version ?? STAND_IN);
      return { ...service, health, file, release };
    }),
  );
  const apps = services.filter(isPlannedApp);
  if (apps.length === 0) {
    const problem = `There is no app to rehearse among ${planned.services.map(({ name }) => name).join(', ')}.`;
    throw new RolloutError({ code: 'bad-input', problems: [problem] });
  }
  // What other pipelines must have deployed is in the real Azure alone.
  const plan = { ...planned, services, preconditions: [], policy: { ...planned.policy, ...TIMES } };
  return { plan, apps, baselines, standIns: standIns.sort(), subscription, folder, hostEnvironment };
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
