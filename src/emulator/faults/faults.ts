import type { EmulatorEvent, FaultEffect, FaultRule, FaultState } from './fault.ts';

interface Armed {
  readonly id: string;
  readonly rule: FaultRule;
  readonly path: RegExp;
  awake: boolean;
  seen: number;
  used: number;
}

export interface FaultTarget {
  readonly method: string;
  readonly path: string;
  readonly site?: string;
}

/** The rules in force. Every matching rule counts a request; the first that is due takes it. */
export class Faults {
  #rules: Armed[] = [];
  #next = 1;

  add(rule: FaultRule): string {
    const id = rule.id ?? `fault-${this.#next++}`;
    const path = new RegExp(rule.match?.path ?? '', 'i');
    this.#rules = this.#rules.filter((one) => one.id !== id);
    this.#rules.push({ id, rule, path, awake: rule.match?.after === undefined, seen: 0, used: 0 });
    return id;
  }

  remove(id: string): boolean {
    const before = this.#rules.length;
    this.#rules = this.#rules.filter((one) => one.id !== id);
    return this.#rules.length < before;
  }

  clear(): void {
    this.#rules = [];
  }

  list(): FaultState[] {
    return this.#rules.map(({ id, rule, seen, used }) => ({ ...rule, id, seen, used }));
  }

  tell(event: EmulatorEvent): void {
    for (const one of this.#rules) if (one.rule.match?.after === event) one.awake = true;
  }

  take(target: FaultTarget): { id: string; effect: FaultEffect } | undefined {
    let taken: Armed | undefined;
    for (const one of this.#rules) {
      if (!one.awake || !matches(one, target)) continue;
      one.seen += 1;
      const { nth = 1, times = 1 } = one.rule.match ?? {};
      const due = one.seen >= nth && (times === 'always' || one.seen < nth + times);
      if (due && taken === undefined) {
        one.used += 1;
        taken = one;
      }
    }
    return taken === undefined ? undefined : { id: taken.id, effect: taken.rule.effect };
  }
}

function matches({ rule, path }: Armed, target: FaultTarget): boolean {
  const { method, site } = rule.match ?? {};
  if (method !== undefined && method.toUpperCase() !== target.method) return false;
  if (site?.toLowerCase() !== target.site?.toLowerCase()) return false;
  if (rule.effect.kind.startsWith('swap-') && !/\/slotsswap$/i.test(target.path)) return false;
  if (rule.effect.kind.startsWith('app-') && !changesContainerApp(target)) return false;
  return path.test(target.path);
}

function changesContainerApp({ method, path }: FaultTarget): boolean {
  return method !== 'GET' && /\/microsoft\.app\/containerapps\/[^/]+$/i.test(path);
}
