import type { Prints, Target } from './target.ts';
import type { SlotPair, SlotTarget } from './slots.ts';
import type { TrafficPair } from './traffic.ts';
import { facingUsers, isReversed, turned } from './users-side.ts';

type Fields = Record<string, unknown>;

/** What must be there of a kind's targets and prints before anything is decided on them. */
interface Shape {
  readonly target: (value: Fields) => boolean;
  readonly prints: (value: Fields) => boolean;
  /** What users get, in a word: for the name of an entry. */
  readonly mark: (prints: Prints) => string | null;
  readonly words: (target: Target) => KindWords;
}

/** How a kind's promotions are said, for whoever reads a journal. */
export interface KindWords {
  readonly act: string;
  readonly acted: string;
  /** Users' side. */
  readonly facing: string;
  /** What a promotion that failed may leave under the settings of another; null where it leaves nothing of the kind. */
  readonly prepared: string | null;
}

/** A kind that is not here (one of a later version, say) is read as it stands, and judged by its own folder. */
const SHAPES: Readonly<Record<string, Shape>> = {
  appService: {
    target: (value) => hasTexts(value, ['source', 'destination'], false),
    prints: (value) => isContent(value['source']) && isContent(value['target']) && hasTexts(value, ['swapStamp'], true),
    mark: (prints) => (prints as SlotPair).target.deploymentId,
    words: (target) => {
      const { source, destination } = target as SlotTarget;
      return { act: 'swap', acted: 'swapped', facing: `'${destination}'`, prepared: `'${source}'` };
    },
  },
  containerApp: {
    target: () => true,
    prints: (value) =>
      isTraffic(value['serving']) &&
      isTraffic(value['waiting']) &&
      isFields(value['created']) &&
      hasTexts(value['created'], Object.keys(value['created']), true),
    mark: (prints) => (prints as TrafficPair).serving.find(({ weight }) => weight > 0)?.revision ?? null,
    words: ({ app }) => ({ act: 'shift', acted: 'shifted', facing: `'${app}'`, prepared: null }),
  },
};

/** A kind may be called anything: what every object has by that name is no shape. */
function shapeOf(kind: string): Shape | undefined {
  return Object.hasOwn(SHAPES, kind) ? SHAPES[kind] : undefined;
}

/** Pure: what is wrong with the target or the prints of an entry of schema 2, or undefined. */
export function shapeProblem(entry: Fields): string | undefined {
  const { target } = entry;
  if (target !== null && !isTarget(target)) return 'has an incomplete target';
  for (const name of ['before', 'after']) {
    const prints = entry[name];
    if (prints === null) continue;
    if (!isFields(prints) || typeof prints['kind'] !== 'string') return `has incomplete prints '${name}'`;
    if (shapeOf(prints['kind'])?.prints(prints) === false) return `has incomplete prints '${name}'`;
    if (target !== null && target['kind'] !== prints['kind'])
      return `has prints '${name}' of another kind than its target`;
  }
  return undefined;
}

/**
 * Pure: an entry of schema 1 as one of schema 2 would say it. There was one kind of target then, whose swaps had names of their own;
 * and some writers took the order of two slots as it was given.
 */
export function fromSchema1(entry: Fields): Fields {
  const actions: Fields = { swap: 'promote', 'swap-back': 'undo' };
  const action = entry['action'];
  const kind = 'appService';
  const ofKind = (value: unknown): unknown => (isFields(value) ? { ...value, kind } : value);
  const read: Fields = {
    ...entry,
    action: typeof action === 'string' ? (actions[action] ?? action) : action,
    target: ofKind(entry['target']),
    before: ofKind(entry['before']),
    after: ofKind(entry['after']),
  };
  const target = read['target'];
  if (!isTarget(target) || shapeProblem(read) !== undefined) return read;
  const slots = target as unknown as SlotTarget;
  if (!isReversed(slots)) return read;
  const turn = (value: unknown): unknown => (value === null ? null : turned(value as SlotPair));
  return { ...read, target: facingUsers(slots), before: turn(read['before']), after: turn(read['after']) };
}

/** Pure: what users get by these prints, in a word; null where that is not known. */
export function markOf(prints: Prints | null): string | null {
  return prints === null ? null : (shapeOf(prints.kind)?.mark(prints) ?? null);
}

/** Pure: how promotions of this target are said. */
export function kindWords(target: Target): KindWords {
  const own = shapeOf(target.kind)?.words(target);
  return own ?? { act: 'promotion', acted: 'promoted', facing: `'${target.app}'`, prepared: null };
}

function isTarget(value: unknown): value is Fields {
  if (!isFields(value) || !hasTexts(value, ['kind', 'subscription', 'resourceGroup', 'app'], false)) return false;
  return shapeOf(String(value['kind']))?.target(value) !== false;
}

function isContent(value: unknown): boolean {
  return isFields(value) && hasTexts(value, ['deploymentId', 'activeDeployment', 'image'], true);
}

function isTraffic(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (share: unknown) =>
        isFields(share) && hasTexts(share, ['revision', 'label'], true) && Number.isFinite(share['weight']),
    )
  );
}

function hasTexts(value: Fields, names: readonly string[], nullable: boolean): boolean {
  return names.every((name) => typeof value[name] === 'string' || (nullable && value[name] === null));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
