/** One thing that may happen next, in words, and the state after it. */
export interface Step<S> {
  readonly what: string;
  readonly next: S;
}

/** A system whose every behaviour is to be looked at. States are immutable, and equal when their keys are. */
export interface Model<S> {
  readonly initial: S;
  readonly key: (state: S) => string;
  readonly steps: (state: S) => readonly Step<S>[];
  /** Nothing more is to happen: not asked for steps. */
  readonly ended: (state: S) => boolean;
}

export interface Exploration<S> {
  readonly states: number;
  readonly edges: number;
  readonly ends: readonly Found<S>[];
  /** The ways to states from which no end can be reached: a deadlock, or a circle that nobody leaves. */
  readonly stuck: readonly string[];
}

export interface Found<S> {
  readonly state: S;
  /** One of the shortest ways to it, as one line. */
  readonly schedule: () => string;
}

/** All that can be reached, breadth first, so that the way that is told to a state is one of the shortest. */
export function explore<S>(model: Model<S>, most = 2_000_000): Exploration<S> {
  const known = new Map<string, number>([[model.key(model.initial), 0]]);
  const states: (S | undefined)[] = [model.initial];
  const from: number[] = [-1];
  const by: string[] = [''];
  const heads: number[] = [];
  const tails: number[] = [];
  const ends: number[] = [];
  for (let index = 0; index < states.length; index += 1) {
    const state = states[index] as S;
    if (model.ended(state)) {
      ends.push(index);
      continue;
    }
    states[index] = undefined; // only the ends are looked at again
    for (const { what, next } of model.steps(state)) {
      const key = model.key(next);
      let to = known.get(key);
      if (to === undefined) {
        to = states.push(next) - 1;
        if (to >= most) throw new Error(`more than ${most} states: the model does not close`);
        known.set(key, to);
        from.push(index);
        by.push(what);
      }
      tails.push(index);
      heads.push(to);
    }
  }
  const schedule = (index: number): string => {
    const way: string[] = [];
    for (let at = index; at > 0; at = from[at]!) way.push(by[at]!);
    return way.reverse().join('; ');
  };
  const found = (index: number): Found<S> => ({ state: states[index] as S, schedule: () => schedule(index) });
  const alive = reaching(ends, states.length, tails, heads);
  const stuck = states.flatMap((_, index) => (alive[index] === 1 ? [] : [index]));
  return { states: states.length, edges: heads.length, ends: ends.map(found), stuck: stuck.slice(0, 10).map(schedule) };
}

/** Marks what can reach one of `goals`, going the edges backwards. */
function reaching(goals: readonly number[], count: number, tails: readonly number[], heads: readonly number[]) {
  const start = new Uint32Array(count + 1);
  for (const head of heads) start[head + 1]! += 1;
  for (let node = 0; node < count; node += 1) start[node + 1]! += start[node]!;
  const place = start.slice();
  const before = new Uint32Array(heads.length);
  heads.forEach((head, edge) => (before[place[head]!++] = tails[edge]!));
  const alive = new Uint8Array(count);
  const open = [...goals];
  for (const goal of goals) alive[goal] = 1;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (let at = start[node]!; at < start[node + 1]!; at += 1) {
      const tail = before[at]!;
      if (alive[tail] === 1) continue;
      alive[tail] = 1;
      open.push(tail);
    }
  }
  return alive;
}
