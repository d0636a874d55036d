import type { Prints, Target } from '../../../../src/journal/entry.ts';
import type { Kind } from '../../../../src/rollout/plan/kind.ts';
import type { PlannedTarget } from '../../../../src/rollout/plan/plan.ts';
import { hostOf, type MutationReply, type RolloutPorts } from '../../../../src/rollout/ports.ts';
import { promoteAndVerify } from '../../../../src/rollout/promotion/promote.ts';
import { resume } from '../../../../src/rollout/promotion/resume.ts';
import { desk, type PromotionContext } from '../../../../src/rollout/way/context.ts';
import { probeTarget, type PromotionRequest } from '../../../../src/rollout/way/policy.ts';
import { resultOf } from '../../../../src/rollout/way/service-result.ts';
import type { Way } from '../../../../src/rollout/way/way.ts';
import { HEALTH } from '../../rig.ts';

/** A kind that there is none of: a screen in a hall that shows one film, and has another one ready. */
export class Screen {
  film = 'old';
  ready = 'old';
  readonly changes: string[] = [];

  show(film: string): MutationReply {
    this.changes.push(film);
    [this.film, this.ready] = [film, this.film];
    return { kind: 'accepted', operation: undefined, retryAfterMs: undefined };
  }
}

interface Shown {
  readonly film: string;
  readonly ready: string;
}

type ShownPrints = Prints & Shown;

function screenWay(screen: Screen, { app }: Target): Way<Shown> {
  const shown = (prints: Prints): ShownPrints => prints as ShownPrints;
  return {
    words: {
      act: 'change of film',
      acted: 'changed',
      acting: 'changing',
      broughtIn: 'put on the screen',
      back: 'change-back',
      seen: 'the films',
      unread: `screen '${app}' could not be read`,
      intent: `show another film on '${app}'`,
      kept: `'${app}' shows what it showed`,
    },
    observe: () => Promise.resolve({ film: screen.film, ready: screen.ready }),
    send: (before) => Promise.resolve(screen.show(shown(before).ready)),
    readOperation: () => Promise.resolve({ kind: 'gone' }),
    ready: () => Promise.resolve(undefined),
    tidy: () => Promise.resolve(),
    advise: () => Promise.resolve(),
    instances: () => Promise.resolve(undefined),
    prints: (now) => ({ kind: 'kiosk', ...now }),
    standing: (before, now) => {
      const [was, wanted] = [shown(before).film, shown(before).ready];
      const movement = now.film === was ? 'unmoved' : now.film === wanted ? 'moved' : 'foreign';
      return { movement, newer: null, at: null, busy: null, what: `'${app}' shows ${now.film}` };
    },
    changed: (judged, now) => (judged.film === now.film ? undefined : `'${app}' shows ${now.film}`),
    holds: (before, now) => (shown(before).film === now.film ? 'same' : 'different'),
    foreign: (after, now) => (shown(after).film === now.film ? undefined : `somebody put ${now.film} on '${app}'`),
    notOurs: () => undefined,
    noWayBack: () => undefined,
    asleep: () => undefined,
    busyFacing: () => null,
    facing: ({ film }) => ({ id: app, name: `screen '${app}'`, url: `https://screen.test/${film}/` }),
    waiting: ({ ready }) => ({ id: ready, name: `film '${ready}'`, url: `https://screen.test/${ready}/` }),
    question: (health, { url }, expected) => probeTarget({ ...health, path: 'health' }, url, expected),
  };
}

function context(request: PromotionRequest, ports: RolloutPorts): PromotionContext<Shown> {
  const way = screenWay(hostOf<Screen>(ports, request.target), request.target);
  return { ...desk(request, ports), way, observe: () => way.observe(ports.signal) };
}

export const kiosk: Kind = {
  name: 'kiosk',
  plan: (service, base, { subscription }) => {
    const target = { kind: 'kiosk', subscription, resourceGroup: 'hall', app: service.name };
    return { ...base, kind: 'kiosk', target, health: { ...HEALTH, version: undefined } } as PlannedTarget;
  },
  read: (service) => ('target' in service ? (service as unknown as PlannedTarget) : 'has no screen'),
  describe: (service) => `on the screen '${service.name}'`,
  packageOf: () => undefined,
  deploy: async (service, { plan, state }, ports) => {
    const { name, target, release, health } = service as PlannedTarget;
    const requestOf = (promotion: string): PromotionRequest => {
      return { promotion, service: name, target, release, health, expectedVersion: undefined, policy: plan.policy };
    };
    const earlier = state.promotions.findLast((one) => one.service === name);
    const resumed = earlier && (await resume(context(requestOf(earlier.id), ports), earlier, state));
    if (resumed !== undefined) return resumed;
    hostOf<Screen>(ports, target).ready = release.version ?? 'new';
    const own = context(requestOf(`${name}-1`), ports);
    const gate = { version: undefined, reason: 'looked at', routed: false };
    return resultOf(await promoteAndVerify(own, await own.observe(), gate));
  },
  exposes: {
    target: ({ name }, { subscription }) => ({ kind: 'kiosk', subscription, resourceGroup: 'hall', app: name }),
    context,
    byHand: ({ app }) => `walk to '${app}' and change the film`,
    look: ({ name, target }, ports) => {
      const { film } = hostOf<Screen>(ports, target);
      return Promise.resolve({ service: name, version: null, sentence: `'${name}' shows ${film}`, byHand: 'walk' });
    },
    unsettled: () => Promise.resolve([]),
    tidy: () => Promise.resolve({ kind: 'clean' }),
  },
};
