import { join } from 'node:path';
import type { FaultEffect, FaultRule } from '../../../emulator/start.ts';
import { withImage } from '../../../rollout/kinds/container-app/new-revision.ts';
import type { PlannedContainer } from '../../../rollout/kinds/container-app/planned.ts';
import type { AppChange, ContainerHost } from '../../../rollout/kinds/container-app/ports.ts';
import type { PlannedTarget } from '../../../rollout/plan/plan.ts';
import { failing, killed, NONE, type Blow, type Fault } from '../faults.ts';
import { answersOf, BASELINE, packStandIn, STAND_IN, type Answers } from '../stand-in.ts';
import type { Part, Props, RehearsedKind, RowAzure, Stage, Trouble } from './kind.ts';

const conflict: FaultEffect = { kind: 'app-conflict' };
const lost: FaultEffect = { kind: 'applied-then-reset' };
const never: FaultEffect = { kind: 'app-update-never-ends' };
const expired: FaultEffect = { kind: 'app-update-fails', message: 'Operation expired.' };
const soon = { swapDeadlineMs: 20_000 };

/** The traffic of a baseline follows the latest revision, so the first change of every row is to name it. */
const FAULTS: readonly Fault[] = [
  NONE,
  { id: 'pin-409', title: 'naming the revision of now is answered 409', ends: 'new', preparation: conflict },
  { id: 'pin-reply-lost', title: 'the reply to naming it is lost', ends: 'new', preparation: lost },
  {
    id: 'revision-refused',
    title: 'the new revision is refused',
    ends: 'old',
    upload: failing(400, 'The template could not be taken.'),
  },
  { id: 'revision-409', title: 'the new revision is answered 409', ends: 'new', upload: conflict },
  { id: 'revision-reply-lost', title: 'the reply to the new revision is lost', ends: 'new', upload: lost },
  { id: 'revision-fails', title: 'Azure gives up on the new revision', ends: 'old', upload: expired },
  {
    id: 'revision-never-comes',
    title: 'Azure says yes, and no revision comes',
    ends: 'old',
    upload: { kind: 'app-no-revision' },
  },
  {
    id: 'revision-slow',
    title: 'the new revision takes its time',
    ends: 'new',
    upload: { kind: 'app-revision-slow', ms: 500 },
  },
  {
    id: 'revision-never-ends',
    title: 'the change that makes the revision never ends',
    ends: 'old',
    upload: never,
    policy: soon,
  },
  { id: 'image-missing', title: 'the image is not in its registry', ends: 'old', missing: true },
  { id: 'gate-unhealthy', title: 'unhealthy before it gets any traffic', ends: 'old', sick: 'waiting' },
  { id: 'shift-409', title: 'the shift is answered 409', ends: 'either', promotion: conflict },
  {
    id: 'shift-429',
    title: 'the shift is throttled',
    ends: 'either',
    promotion: { kind: 'throttle', retryAfter: 1 },
  },
  {
    id: 'shift-500',
    title: 'the shift is answered 500',
    ends: 'either',
    promotion: failing(500, 'An unexpected error.'),
  },
  { id: 'shift-503', title: 'the shift is answered 503', ends: 'either', promotion: failing(503, 'Unavailable.') },
  { id: 'shift-reply-lost', title: 'the reply to the shift is lost', ends: 'new', promotion: lost },
  { id: 'shift-fails', title: 'Azure gives up on the shift', ends: 'either', promotion: expired },
  { id: 'shift-never-ends', title: 'the shift never ends', ends: 'old', promotion: never, policy: soon },
  { id: 'unhealthy-after-shift', title: 'unhealthy after the shift', ends: 'old', sick: 'users' },
  {
    id: 'crashes-after-shift',
    title: 'the revision falls over with users on it',
    ends: 'old',
    promotion: { kind: 'app-revision-crashes', requests: 2 },
  },
  { id: 'quarter-unhealthy', title: 'every fourth answer is an error after the shift', ends: 'old', sick: 'quarter' },
  { id: 'hiccup-after-shift', title: 'the platform answers 503 right after the shift', ends: 'new', around: 'hiccup' },
  {
    id: 'host-gone-after-shift',
    title: 'the front end knows nothing of the app right after the shift',
    ends: 'new',
    promotion: { kind: 'app-host-gone', ms: 500 },
  },
  { id: 'production-closed', title: 'production turns the agent away', ends: 'old', around: 'closed' },
  {
    id: 'shifted-by-another',
    title: 'somebody else gives the traffic back during the bake',
    ends: 'old',
    around: 'meddling',
  },
  {
    id: 'shift-back-409',
    title: 'unhealthy after the shift, and the shift back is answered 409',
    ends: 'old',
    sick: 'users',
    undoing: conflict,
  },
  {
    id: 'shift-back-fails',
    title: 'unhealthy after the shift, and Azure gives up on the shift back',
    ends: 'old',
    sick: 'users',
    undoing: expired,
  },
  {
    id: 'shift-back-reply-lost',
    title: 'unhealthy after the shift, and the reply to the shift back is lost',
    ends: 'old',
    sick: 'users',
    undoing: lost,
  },
  { id: 'turns-unhealthy', title: 'unhealthy at the final check', ends: 'old', sick: 'final' },
  ...killed('pin', nth('traffic', 1)),
  ...killed('revision', nth('revision', 1)),
  ...killed('shift', nth('traffic', 2)),
  ...killed('shift-back', nth('traffic', 3), 'users'),
];

/** By the order in which the requests go out, pin first. */
const REQUESTS = { preparation: 1, upload: 2, promotion: 3, undoing: 4 } as const;

function nth(kind: AppChange['kind'], count: number): Blow {
  return { is: ({ call, args }) => call === 'change' && (args[0] as AppChange).kind === kind, nth: count };
}

/** A revision with all of the traffic. No image is pulled here: those of the plan are played, each under its name. */
export const containerApp: RehearsedKind = {
  name: 'containerApp',
  faults: FAULTS,
  prepare: async (services, props) => {
    const planned = (services as readonly PlannedContainer[]).map(withoutSecrets);
    // Several apps may run one image, so each stand-in answers for all of them.
    const answers = Object.fromEntries(
      planned.map(({ name, target, health, release }) => [
        target.app,
        answersOf(name, health, release.version ?? STAND_IN),
      ]),
    );
    return await Promise.all(planned.map((service) => partOf(service, answers, props)));
  },
};

async function partOf(
  service: PlannedContainer,
  answers: Readonly<Record<string, Answers>>,
  { folder }: Props,
): Promise<Part> {
  const { name, health, release } = service;
  const baseline = join(folder, `${name}.baseline.zip`);
  await packStandIn(baseline, name, BASELINE, { '': answersOf(name, health, BASELINE) });
  const played = join(folder, `${name}.zip`);
  await packStandIn(played, name, release.version ?? STAND_IN, answers);
  return { service, isStandIn: true, enter: (azure, trouble) => enter(service, { baseline, played }, azure, trouble) };
}

/** The secrets of the real app are not here, and no stand-in reads one. */
function withoutSecrets(service: PlannedContainer): PlannedContainer {
  const { template } = service;
  if (template === null) return service;
  const containers = containersOf(template).map((container) => {
    const variables = container['env'];
    if (!Array.isArray(variables)) return container;
    const env = (variables as Record<string, unknown>[]).map(({ secretRef, ...rest }) =>
      secretRef === undefined ? rest : { ...rest, value: '' },
    );
    return { ...container, env };
  });
  return { ...service, template: { ...template, containers } };
}

async function enter(
  service: PlannedContainer,
  { baseline, played }: { readonly baseline: string; readonly played: string },
  { emulator, hosts, signal }: RowAzure,
  { app, fault }: Trouble,
): Promise<Stage> {
  const { name, target, container } = service;
  const image = imageOf(service);
  const isMissing = fault.missing === true && image === imageOf(app);
  if (image !== undefined && !isMissing) await emulator.addImage(image, played);
  const before = `safe-rollout/${target.app}:${BASELINE}`;
  await emulator.addImage(before, baseline);
  const own = container === null ? {} : { container };
  const { resourceGroup } = target;
  await emulator.addContainerApp({ name: target.app, resourceGroup, image: before, suffix: 'baseline', ...own });
  const stateOf = () => emulator.containerAppState(target.app);
  const { latestReadyRevision: old, shifts } = stateOf();
  if (old === '') throw new Error(`the baseline of ${name} could not be started`);
  if (app.name === name) for (const rule of rulesOf(target, fault)) emulator.addFault(rule);

  const isAt = (url: string, other: string): boolean => new URL(url).host === new URL(other).host;
  return {
    url: () => stateOf().url,
    sideOf: (url) => {
      const { url: users, revisions } = stateOf();
      if (isAt(url, users)) return 'users';
      const waits = Object.entries(revisions).some(([one, revision]) => one !== old && isAt(url, revision.url));
      return waits ? 'waiting' : undefined;
    },
    // Users who get anything of a new release have it.
    holds: (side) => (side === 'users' && stateOf().revisions[old]?.weight === 100 ? 'old' : 'new'),
    promotions: () => stateOf().shifts.length - shifts.length,
    meddle: async () => {
      const traffic = [{ revision: old, weight: 100, label: null }];
      await (hosts(target) as ContainerHost).change({ kind: 'traffic', traffic }, signal);
    },
  };
}

/** What the emulator runs a new revision of it by: the image of its first container. */
function imageOf(service: PlannedTarget): string | undefined {
  const { target, image, container, template } = service as PlannedContainer;
  const made = withImage(template ?? { containers: [{ name: container ?? target.app }] }, image, container);
  // A template that does not fit is for the deployment to say.
  const reference = typeof made === 'string' ? undefined : containersOf(made)[0]?.['image'];
  if (typeof reference !== 'string') return undefined;
  return /[:@]/.test(reference.slice(reference.lastIndexOf('/') + 1)) ? reference : `${reference}:latest`;
}

function containersOf(template: Readonly<Record<string, unknown>>): Record<string, unknown>[] {
  const { containers } = template;
  return Array.isArray(containers) ? (containers as Record<string, unknown>[]) : [];
}

function rulesOf({ app }: PlannedContainer['target'], fault: Fault): FaultRule[] {
  return (Object.keys(REQUESTS) as (keyof typeof REQUESTS)[]).flatMap((request): FaultRule[] => {
    const effect = fault[request];
    const match = { method: 'PATCH', path: `/containerapps/${app}$`, nth: REQUESTS[request] };
    return effect === undefined ? [] : [{ match, effect }];
  });
}
