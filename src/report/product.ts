declare const SAFE_ROLLOUT_VERSION: string | undefined;

/** What the product calls itself in files that others read. */
export const PRODUCT = {
  name: 'Safe Rollout',
  /** The bundle knows its version; sources have none of their own. */
  version: typeof SAFE_ROLLOUT_VERSION === 'string' ? SAFE_ROLLOUT_VERSION : 'from sources',
  uri: 'https://marketplace.visualstudio.com/items?itemName=safe-rollout.safe-rollout',
} as const;

/** Where a rule is explained. */
export function ruleUri(rule: string): string {
  return `${PRODUCT.uri}#${rule}`;
}
