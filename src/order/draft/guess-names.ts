import { ENVIRONMENTS, PRODUCTION_WORDS } from '../match/environment-words.ts';

/** Beginnings of names that say what a resource is (Microsoft's list of abbreviations). */
const KINDS = new Set(['app', 'func', 'fn', 'ca', 'stapp', 'swa', 'sql', 'sqldb', 'web', 'wa']);

/** Keys (`platform/app`) that seem to be one service in several environments. */
export interface Group {
  /** Production's, or the one that names no environment. */
  readonly base: string;
  readonly others: readonly { readonly environment: string; readonly key: string }[];
}

/** Groups by what is left of a name without the word for an environment; a group without a base stays apart. */
export function groupByEnvironment(keys: readonly string[]): Group[] {
  const groups = new Map<string, { base: string[]; others: { environment: string; key: string }[] }>();
  for (const key of keys) {
    const words = key.split(/[-_/@.]/);
    const at = words.findIndex((word) => ENVIRONMENTS.has(word) || PRODUCTION_WORDS.has(word));
    const rest = words.filter((_, index) => index !== at).join('-');
    const group = groups.get(rest) ?? { base: [], others: [] };
    const environment = ENVIRONMENTS.get(words[at] ?? '');
    if (environment === undefined) group.base.push(key);
    else group.others.push({ environment, key });
    groups.set(rest, group);
  }
  return [...groups.values()].flatMap(({ base, others }): Group[] => {
    const distinct = new Set(others.map(({ environment }) => environment)).size === others.length;
    const [only] = base;
    if (base.length === 1 && only !== undefined && distinct) return [{ base: only, others }];
    // Without production the last of them stands for it.
    const last = others.at(-1);
    if (base.length === 0 && others.length > 1 && distinct && last !== undefined)
      return [{ base: last.key, others: others.slice(0, -1) }];
    return [...base, ...others.map(({ key }) => key)].map((key) => ({ base: key, others: [] }));
  });
}

/** An app that a service is to be named after; `exact`: the service has to have that very name to be found by it. */
export interface Named {
  readonly key: string;
  readonly app: string;
  readonly exact: boolean;
}

/** Names of services: those of their apps without what all share, what says a kind, and what says an environment. */
export function shortNames(apps: readonly Named[]): ReadonlyMap<string, string> {
  const words = new Map(apps.map(({ key, app }) => [key, app.split(/[-_]+/).filter((word) => word !== '')]));
  const shortened = apps.filter(({ exact }) => !exact);
  // A name of one word shares nothing and says nothing about what the others share.
  const [first, ...others] = shortened.map(({ key }) => words.get(key)!).filter(({ length }) => length > 1);
  const shared = new Set(others.length === 0 ? [] : first?.filter((word) => others.every((one) => one.includes(word))));
  const taken = new Set(apps.filter(({ exact }) => exact).map(({ app }) => app.toLowerCase()));
  const names = new Map(apps.filter(({ exact }) => exact).map(({ key, app }) => [key, app]));
  for (const { key, app } of shortened) {
    const own = words.get(key)!.filter((word, index) => {
      const small = word.toLowerCase();
      const says = (index === 0 && KINDS.has(small)) || ENVIRONMENTS.has(small) || PRODUCTION_WORDS.has(small);
      return !says && !shared.has(word);
    });
    // A key is no other's, whatever the names are.
    const name = [own.join('-'), app].find((one) => one !== '' && !taken.has(one.toLowerCase())) ?? key;
    taken.add(name.toLowerCase());
    names.set(key, name);
  }
  return names;
}
