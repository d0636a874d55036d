import type { Prints } from '../../../journal/entry.ts';
import { isTrafficPair, type ContainerTarget, type TrafficPair, type TrafficShare } from '../../../journal/traffic.ts';
import { RolloutError } from '../../errors.ts';
import { probeTarget } from '../../way/policy.ts';
import type { Standing } from '../../way/standing.ts';
import type { Facts, Place, Way, Words } from '../../way/way.ts';
import { enableIngress, setTraffic, showTraffic } from './cures.ts';
import type { ContainerDesk, ShiftSeen, Sides } from './desk.ts';
import type { AppObservation, RevisionObservation } from './ports.ts';
import { reviveWaiting } from './revive.ts';
import { mainOf, printWeights, sameWeights, weightsOf, withWeights } from './weights.ts';

/**
 * The way of releases of a container app: its traffic, given from one set of revisions to another as one array. Unlike a
 * swap it can be asked for twice without harm, and Azure keeps no time of it: what is in place is known by the weights alone.
 * @param sides undefined where none of them is known: then nothing waits
 */
export function shiftWay(own: ContainerDesk, sides: Sides | undefined): Way<ShiftSeen> {
  const { host, target } = own;
  const seen = async (signal?: AbortSignal): Promise<ShiftSeen> => {
    const app = await host.observe(signal);
    if (app.url === null) {
      const detail = `it has no ingress, so no user can be sent to it and nothing of it can be asked. Enable it: ${enableIngress(target)}`;
      throw new RolloutError({ code: 'unreadable', what: `app '${target.app}'`, detail });
    }
    return { ...app, waiting: waitingOf(app, sides) };
  };
  return {
    ...shiftFacts(target),
    observe: (signal) => seen(signal),
    send: (before, now, signal, withinMs) => {
      const traffic = withWeights(now.traffic, weightsOf(trafficPair(before).waiting));
      return host.change({ kind: 'traffic', traffic }, signal, withinMs);
    },
    readOperation: (operation, signal) => host.readOperation(operation, signal),
    ready: (now) => reviveWaiting(own, now, () => seen(own.ports.signal)),
    // A write of the traffic that was not done has changed nothing.
    tidy: () => Promise.resolve(),
    advise: () => Promise.resolve(),
    // Answers name no replica that could be looked up.
    instances: () => Promise.resolve(undefined),
  };
}

/** Pure: of the two, the side that users do not get; the new one where they get neither. */
function waitingOf({ traffic }: AppObservation, sides: Sides | undefined): readonly TrafficShare[] {
  if (sides === undefined) return [];
  return sameWeights(weightsOf(traffic), weightsOf(sides.other)) ? sides.one : sides.other;
}

/** Pure: what the traffic of an app tells, without anything to ask or to change it with. */
export function shiftFacts(target: ContainerTarget): Facts<ShiftSeen> {
  return {
    words: shiftWords(target),
    prints: printsOf,
    standing: (before, now) => shiftStanding(trafficPair(before), now, target),
    changed: (judged, now) => changedBetween(judged, now, target),
    holds: (before, now) =>
      sameWeights(weightsOf(trafficPair(before).serving), weightsOf(now.traffic)) ? 'same' : 'different',
    foreign: (after, now) => foreignChange(trafficPair(after), now, target),
    notOurs: ({ before, after }, now) => lostRevisions(after === null ? swapped(before) : trafficPair(after), now),
    noWayBack: (after, now) => lostRevisions(trafficPair(after), now),
    facing: (now) => ({ id: target.app, name: `app '${target.app}'`, url: now.url ?? '' }),
    waiting: (now) => waitingPlace(now, target),
    question: (health, { url }, expected) => ({
      ...probeTarget(health, url, expected),
      // The front end knows nothing of an app for some seconds after its traffic has moved (public threads).
      frontStatuses: [404],
    }),
  };
}

function shiftWords({ app }: ContainerTarget): Words {
  return {
    act: 'shift',
    acted: 'shifted',
    acting: 'shifting',
    broughtIn: 'given the traffic',
    back: 'shift-back',
    seen: 'the weights',
    unread: `app '${app}' could not be read`,
    intent: `shift the traffic of '${app}'`,
    kept: `app '${app}' sends users where it sent them`,
  };
}

/** A journal says of what kind its prints are, and who reads them by another kind has a bug. */
export function trafficPair(prints: Prints): TrafficPair {
  if (!isTrafficPair(prints)) throw new Error(`prints of ${prints.kind} are none of a container app`);
  return prints;
}

function printsOf(now: ShiftSeen): TrafficPair {
  const { traffic, waiting, revisions } = now;
  const named = new Set([...weightsOf(traffic).keys(), ...weightsOf(waiting).keys()]);
  const created = [...named].map((name) => [name, revisionOf(revisions, name)?.created ?? null] as const);
  return { kind: 'containerApp', serving: traffic, waiting, created: Object.fromEntries(created) };
}

function swapped(before: Prints): TrafficPair {
  const { serving, waiting, ...rest } = trafficPair(before);
  return { ...rest, serving: waiting, waiting: serving };
}

/**
 * Pure: what has become of the traffic since `before`. Both must agree: what the array asks for, and what the revisions
 * have in fact.
 */
export function shiftStanding(before: TrafficPair, now: ShiftSeen, { app }: ContainerTarget): Standing {
  const asked = weightsOf(now.traffic);
  const common = { newer: null, at: null, busy: now.operation === null ? null : `(${now.operation})` };
  const movement = (['unmoved', 'moved'] as const).find((_, at) =>
    sameWeights(asked, weightsOf(at === 0 ? before.serving : before.waiting)),
  );
  if (movement === undefined)
    return {
      ...common,
      movement: 'foreign',
      what: `the traffic of '${app}' is ${printWeights(asked)}, which is neither what it was nor what was to be written: somebody else has changed it${by(now)}`,
    };
  const held = heldWeights(now, asked);
  if (held !== undefined && !sameWeights(held, asked))
    return {
      ...common,
      movement: 'half',
      what: `the traffic of '${app}' is to be ${printWeights(asked)}, and is ${printWeights(held)} still`,
    };
  return { ...common, movement, what: '' };
}

/** What the revisions have in fact; undefined where an entry follows the latest, which none of them says of itself. */
function heldWeights(
  { revisions }: ShiftSeen,
  asked: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> | undefined {
  const names = new Set(revisions.map(({ name }) => name));
  if ([...asked.keys()].some((name) => !names.has(name))) return undefined;
  return new Map(revisions.filter(({ weight }) => weight > 0).map(({ name, weight }) => [name, weight]));
}

/** Pure: what forbids a request that was not there when the release was judged. */
function changedBetween(judged: ShiftSeen, now: ShiftSeen, { app }: ContainerTarget): string | undefined {
  if (now.operation !== null) return `app '${app}' is being changed by an operation (${now.operation})`;
  if (!isMultiple(now)) return `app '${app}' was set to revision mode '${now.mode}'`;
  if (!sameWeights(weightsOf(judged.traffic), weightsOf(now.traffic)))
    return `the traffic of '${app}' was changed to ${printWeights(weightsOf(now.traffic))}${by(now)}`;
  for (const name of weightsOf(now.waiting).keys()) {
    const [before, after] = [revisionOf(judged.revisions, name), revisionOf(now.revisions, name)];
    if (after === undefined) return `revision '${name}' is not there any more`;
    if (before?.created !== after.created) return `revision '${name}' is not the one any more that was judged`;
    if (!after.active) return `revision '${name}' was deactivated`;
  }
  return undefined;
}

/** Pure: what has become of users' side. A revision that has died is told by its answers, and is nobody's doing. */
function foreignChange(after: TrafficPair, now: ShiftSeen, { app }: ContainerTarget): string | undefined {
  const asked = weightsOf(now.traffic);
  if (!sameWeights(weightsOf(after.serving), asked))
    return `somebody else changed the traffic of '${app}' to ${printWeights(asked)}${by(now)}`;
  for (const name of asked.keys()) {
    const revision = revisionOf(now.revisions, name);
    if (revision === undefined) continue;
    if (!revision.active) return `somebody else deactivated revision '${name}'${by(now)}`;
    const created = after.created[name] ?? null;
    if (created !== null && revision.created !== null && created !== revision.created)
      return `revision '${name}' is not the one any more that was given the traffic${by(now)}`;
  }
  return /^stopped$/i.test(now.running ?? '') ? `somebody else stopped app '${app}'${by(now)}` : undefined;
}

/** Pure: a revision that had traffic before, and is not there any more to be given it back. */
function lostRevisions({ waiting, created }: TrafficPair, now: ShiftSeen): string | undefined {
  for (const name of weightsOf(waiting).keys()) {
    const revision = revisionOf(now.revisions, name);
    const before = created[name] ?? null;
    if (revision === undefined || (before !== null && revision.created !== null && before !== revision.created))
      return `revision '${name}' of the release from before is not there any more, so it cannot be given back its traffic`;
  }
  return undefined;
}

function waitingPlace({ waiting, revisions }: ShiftSeen, { app }: ContainerTarget): Place {
  const name = mainOf(weightsOf(waiting)) ?? app;
  return revisionPlace(revisionOf(revisions, name) ?? { name, url: null });
}

export function revisionPlace({ name, url }: Pick<RevisionObservation, 'name' | 'url'>): Place {
  return { id: name, name: `revision '${name}'`, url: url ?? '' };
}

export function revisionOf(revisions: readonly RevisionObservation[], wanted: string): RevisionObservation | undefined {
  return revisions.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
}

export function isMultiple({ mode }: Pick<AppObservation, 'mode'>): boolean {
  return mode.toLowerCase() === 'multiple';
}

/** The resource names who changed it last, which is more than most of Azure tells. */
function by({ lastChange }: AppObservation): string {
  return lastChange === null ? '' : ` (last changed ${lastChange})`;
}

/** The command by which a person gives the traffic to what waits; to see it, where nothing does. */
export function byHand(target: ContainerTarget, waiting: readonly TrafficShare[]): string {
  const weights = weightsOf(waiting);
  return weights.size === 0 ? showTraffic(target) : setTraffic(target, weights);
}
