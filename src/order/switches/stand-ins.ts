import type { Service } from '../../catalogue/model.ts';
import { splitBy, splitByValue, type Knowledge } from '../../pipeline/expand/knowledge.ts';
import type { Case, Needs, PlacedNeed } from '../../pipeline/expand/needs.ts';
import type { Pipeline } from '../../pipeline/model.ts';
import { isConsistent } from '../cases/consistent.ts';
import type { StandIns } from '../cases/split-cases.ts';
import type { Matching } from '../match/deployments.ts';
import { offSets } from './off-sets.ts';
import { asksByName, groupsOf, simpleOnes } from './simple.ts';
import { switchedNodes, whatHangsOn } from './what-hangs-on.ts';

/** A case of a pipeline that leaves some choices open. */
export interface OpenCase {
  readonly within: Case;
  readonly services: readonly Service[];
  /** What stands open. */
  readonly needs: Pick<Needs, 'may' | 'hasOpenDirective'>;
  /** The pipeline with more chosen; undefined when it has faults, or is not complete. */
  read(within: Case): Pipeline | undefined;
  match(pipeline: Pipeline): Matching;
  /** In which half a choice lets run what it switches, as far as other cases have shown. */
  readonly onHalf: Map<string, 0 | 1>;
}

/** Fewer are tried one by one: four cases in place of four are no gain. */
const FEWEST = 3;

/**
 * A switch is a choice that does nothing but let a stage or a job run, or never run, for which nothing else waits: who
 * looks at such a pipeline with several of them off sees nothing that he has not seen with all of them on, but for what
 * hangs on the absence of one. For a job that never runs and one that has ended well look the same to all others as long
 * as their stage has another job that runs, and so whatever goes wrong without it goes wrong with it, too.
 *
 * What makes the difference between the two is therefore not judged 2^n times but about n times: with all on, with each of
 * them off, and where a stage would be left with nothing that runs, in the same way again (`off-sets.ts`). All that would
 * make this untrue is looked for, and the choice is then no switch:
 *
 * - something else asks for the choice, or its condition asks for another one, too;
 * - another stage or job waits for what it switches, or a condition names its result or outputs;
 * - a service is deployed, or uploaded, under several switches: only with all of them off it is missing;
 * - what is switched is a package (what needs it then needs what it needs), or a stage of which nobody knows the job.
 *
 * @param must what has to be told
 * @returns undefined where there are too few of them, or where it would not be fewer cases
 */
export function standIns(open: OpenCase, must: Needs['must']): StandIns | undefined {
  const { within, needs, onHalf } = open;
  const asked = new Set(must.flatMap((of) => of.map(({ id }) => id)));
  // A directive that is still open may bring in anything.
  if (asked.size < FEWEST || needs.hasOpenDirective()) return undefined;
  const may = needs.may();
  const halves = new Map([...asked].flatMap((id) => halvesOf(id, may)));
  const candidates = [...halves.keys()];
  if (candidates.length < FEWEST) return undefined;
  const chosen = new Map<string, Case>();
  // The same choices are the same case, which is read once.
  const choose = (half: (id: string) => 0 | 1, ids: readonly string[] = candidates): Case => {
    const key = candidates.map((id) => (ids.includes(id) ? half(id) : '-')).join('');
    const known = chosen.get(key) ?? new Map([...within, ...ids.map((id) => [id, halves.get(id)![half(id)]] as const)]);
    chosen.set(key, known);
    return known;
  };
  const guessed = (id: string): 0 | 1 => onHalf.get(id) ?? 0;
  const top = open.read(choose(guessed));
  const flipped = candidates.map((id) => open.read(choose((one) => flip(guessed(one), one === id))));
  const hanging = top && whatHangsOn(candidates, top, flipped);
  if (hanging === undefined) return undefined;
  for (const id of hanging.turned) onHalf.set(id, flip(guessed(id), true));
  const on = hanging.turned.size === 0 ? top : open.read(choose(guessed));
  if (on === undefined || asksByName(on)) return undefined;
  const switched = switchedNodes(on, hanging);
  const ids = simpleOnes(on, switched, open.match(on), open.services);
  const all = 2 ** ids.length;
  const sets = ids.length < FEWEST ? undefined : offSets(ids, groupsOf(on, switched, ids), all - 1);
  if (sets === undefined) return undefined;
  const defaults = new Set(ids.filter((id) => guessed(id) === 1));
  const others = sets.filter((off) => off.size !== defaults.size || ids.some((id) => off.has(id) !== defaults.has(id)));
  const cases = [defaults, ...others].map((off) => choose((id) => flip(guessed(id), off.has(id)), ids));
  return cases.every(isConsistent) ? { ids: new Set(ids), cases, all } : undefined;
}

function flip(half: 0 | 1, isFlipped: boolean): 0 | 1 {
  return isFlipped ? (half === 0 ? 1 : 0) : half;
}

/**
 * The two halves of a choice, the default's first; none when there are more, when it is asked for in several ways, or when a
 * text that asks for it asks for others, too.
 */
function halvesOf(id: string, may: readonly PlacedNeed[]): readonly [string, readonly [Knowledge, Knowledge]][] {
  const [need, ...others] = may.filter((one) => one.id === id);
  if (need === undefined || (others.length > 0 && [need, ...others].some(({ question }) => question !== undefined)))
    return [];
  const texts = new Set([need, ...others].map(({ at }) => at));
  if (may.some((one) => one.id !== id && texts.has(one.at))) return [];
  const { knowledge, question } = need;
  const [one, other, ...more] = question === undefined ? splitByValue(knowledge) : splitBy(knowledge, question);
  return one === undefined || other === undefined || more.length > 0 ? [] : [[id, [one, other]]];
}
