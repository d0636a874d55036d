import { join } from 'node:path';
import type { FaultRule } from '../../../emulator/start.ts';
import type { AppHost } from '../../../rollout/kinds/app-service/ports.ts';
import type { PlannedApp } from '../../../rollout/kinds/app-service/app-service.ts';
import { failing, killed, NONE, type Blow, type Fault } from '../faults.ts';
import { answersOf, BASELINE, packStandIn, STAND_IN } from '../stand-in.ts';
import type { Part, Props, RehearsedKind, RowAzure, Stage, Trouble } from './kind.ts';

const conflict = 'Cannot modify this site because another operation is in progress.';

const FAULTS: readonly Fault[] = [
  NONE,
  {
    id: 'upload-fails',
    title: 'the upload is refused',
    ends: 'old',
    upload: { kind: 'status', status: 400, body: 'The package could not be taken.' },
  },
  { id: 'gate-unhealthy', title: 'unhealthy in its slot', ends: 'old', sick: 'waiting' },
  { id: 'swap-409', title: 'the swap is answered 409', ends: 'either', promotion: failing(409, conflict) },
  {
    id: 'swap-429',
    title: 'the swap is throttled',
    ends: 'either',
    promotion: { kind: 'throttle', retryAfter: 1 },
  },
  {
    id: 'swap-500',
    title: 'the swap is answered 500',
    ends: 'either',
    promotion: failing(500, 'An unexpected error.'),
  },
  { id: 'swap-503', title: 'the swap is answered 503', ends: 'either', promotion: failing(503, 'Unavailable.') },
  {
    id: 'swap-reply-lost',
    title: 'the reply to the swap is lost',
    ends: 'new',
    promotion: { kind: 'applied-then-reset' },
  },
  {
    id: 'swap-fails',
    title: 'the swap fails in warm-up',
    ends: 'old',
    promotion: { kind: 'swap-fails', leavesPrepared: true },
  },
  {
    id: 'swap-never-ends',
    title: 'the swap never ends',
    ends: 'old',
    promotion: { kind: 'swap-never-ends' },
    policy: { swapDeadlineMs: 20_000 },
  },
  { id: 'unhealthy-after-swap', title: 'unhealthy after the swap', ends: 'old', sick: 'users' },
  { id: 'quarter-unhealthy', title: 'every fourth answer is an error after the swap', ends: 'old', sick: 'quarter' },
  { id: 'hiccup-after-swap', title: 'the platform answers 503 right after the swap', ends: 'new', around: 'hiccup' },
  { id: 'production-closed', title: 'production turns the agent away', ends: 'old', around: 'closed' },
  { id: 'swapped-by-another', title: 'somebody else swaps back during the bake', ends: 'old', around: 'meddling' },
  { id: 'turns-unhealthy', title: 'unhealthy at the final check', ends: 'old', sick: 'final' },
  ...killed('upload', nth('upload', 1)),
  ...killed('swap', nth('requestSwap', 1)),
  // The second swap is the one back.
  ...killed('swap-back', nth('requestSwap', 2), 'users'),
];

function nth(name: keyof AppHost, count: number): Blow {
  return { is: ({ call }) => call === name, nth: count };
}

/** Two slots: the baseline is uploaded to the one that users get, and a package that is not there is played. */
export const appService: RehearsedKind = {
  name: 'appService',
  faults: FAULTS,
  prepare: (services, props) => Promise.all(services.map((service) => partOf(service as PlannedApp, props))),
};

async function partOf(planned: PlannedApp, { folder, isThere }: Props): Promise<Part> {
  const { name, health } = planned;
  const baseline = join(folder, `${name}.baseline.zip`);
  await packStandIn(baseline, name, BASELINE, { '': answersOf(name, health, BASELINE) });
  const isStandIn = planned.file !== null && !isThere(planned.file);
  let service = planned;
  if (isStandIn) {
    const file = join(folder, `${name}.zip`);
    const version = planned.release.version ?? STAND_IN;
    service = {
      ...planned,
      file,
      release: await packStandIn(file, name, version, { '': answersOf(name, health, version) }),
    };
  }
  return { service, isStandIn, enter: (azure, trouble) => enter(service, baseline, azure, trouble) };
}

async function enter(
  { name, target }: PlannedApp,
  baseline: string,
  { emulator, hosts, signal }: RowAzure,
  { app, fault }: Trouble,
): Promise<Stage> {
  const { source, destination, resourceGroup } = target;
  const slots = [source, destination].filter((slot) => slot.toLowerCase() !== 'production');
  await emulator.addSite({ name: target.app, resourceGroup, slots });
  const host = hosts(target) as AppHost;
  const put = await host.upload(destination, baseline, signal);
  if (put.kind === 'failed') throw new Error(`the baseline of ${name} could not be deployed: ${put.message}`);
  if (app.name === name) for (const rule of rulesOf(target, fault)) emulator.addFault(rule);

  const slotOf = (slot: string) => emulator.siteState(target.app).slots[slot.toLowerCase()]!;
  const old = slotOf(destination).activeDeployment;
  const isAt = (url: string, slot: string): boolean => new URL(url).host === new URL(slotOf(slot).url).host;
  return {
    url: () => slotOf(destination).url,
    sideOf: (url) => (isAt(url, destination) ? 'users' : isAt(url, source) ? 'waiting' : undefined),
    holds: (side) => (slotOf(side === 'users' ? destination : source).activeDeployment === old ? 'old' : 'new'),
    promotions: () => emulator.siteState(target.app).swaps.length,
    meddle: async () => void (await host.requestSwap(destination, source, signal)),
  };
}

function rulesOf({ app: name, source }: PlannedApp['target'], { promotion, upload }: Fault): FaultRule[] {
  const [app, slot] = [name, source].map((one) => one.replaceAll(/[^\w-]/g, '\\$&'));
  const rules: FaultRule[] = [];
  if (promotion !== undefined)
    rules.push({ match: { method: 'POST', path: `/sites/${app}/slots/${slot}/slotsswap$` }, effect: promotion });
  if (upload !== undefined)
    rules.push({ match: { method: 'POST', path: `/scm/${app}-${slot}/api/publish$` }, effect: upload });
  return rules;
}
