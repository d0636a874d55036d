/**
 * What is exhaustive runs whole in `npm run test:deep`, and a part of it in `npm test`. The files that use this stand
 * in `.mocharc.deep.json`; whole without it: `npx mocha --no-config --require ./test/deep.cjs --require tsx FILE`.
 */
export const DEEP = process.env['SAFE_ROLLOUT_TESTS'] === 'deep';

const SHARE = 16;
/** Has no divisor in common with the lengths of most tables, so that every row and every column comes up. */
const STEP = 7;

/** How often a property is tried, or how often at least something must have come up in those tries. */
export function runs(whole: number): number {
  return DEEP ? whole : Math.ceil(whole / SHARE);
}

/** The cases that are played: all, or every seventh. */
export function part<T>(cases: readonly T[]): readonly T[] {
  return DEEP ? cases : cases.filter((_, index) => index % STEP === 0);
}
