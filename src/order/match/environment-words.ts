/** Words in names of apps that stand for an environment, and the name it is given. Production is the base. */
export const ENVIRONMENTS: ReadonlyMap<string, string> = new Map([
  ...['dev', 'test', 'qa', 'uat', 'int', 'stage', 'sandbox', 'demo', 'preprod'].map((name): [string, string] => [
    name,
    name,
  ]),
  ['development', 'dev'],
  ['tst', 'test'],
  ['staging', 'stage'],
  ['stg', 'stage'],
  ['integration', 'int'],
  ['stag', 'stage'],
  ...['sit', 'pp', 'ppe', 'perf', 'nft', 'acc', 'ithc', 'sbx', 'training', 'pre'].map((name): [string, string] => [
    name,
    name,
  ]),
]);
export const PRODUCTION_WORDS = new Set(['prod', 'production', 'prd', 'live']);
/** Words that name one in stages and jobs, beside those of apps; a number may stand behind (`at22`). */
const IN_STAGES = new Set([
  'at',
  'pp',
  'ppe',
  'pre',
  'prep',
  'perf',
  'nft',
  'sit',
  'acc',
  'acceptance',
  'sbx',
  'ithc',
  'mo',
  'trial',
  'edge',
  'train',
]);

/** Lower-case words of a name, taken apart at signs and where small letters meet capitals. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

export function isProductionWord(word: string): boolean {
  return PRODUCTION_WORDS.has(word);
}

export function isEnvironmentWord(word: string): boolean {
  const bare = word.replace(/\d+$/, '');
  return [word, bare].some((one) => ENVIRONMENTS.has(one) || PRODUCTION_WORDS.has(one) || IN_STAGES.has(one));
}

/** Words that turn the next one round: `NonProd` is not production. */
const NOT = new Set(['non', 'not', 'no']);

/** Which place a name speaks of: production, another environment, or none that can be told. */
export function placeNamed(name: string): 'production' | 'elsewhere' | undefined {
  const words = wordsOf(name);
  if (words.some((word) => isEnvironmentWord(word) && !isProductionWord(word))) return 'elsewhere';
  const at = words.findIndex(isProductionWord);
  if (at === -1) return undefined;
  return NOT.has(words[at - 1] ?? '') ? 'elsewhere' : 'production';
}
