import { roleFor } from '../../rollout/errors.ts';

const VERBS: Readonly<Record<string, string>> = { GET: 'read', PATCH: 'write', PUT: 'write', DELETE: 'delete' };

/**
 * Pure: the right that a request to an app needs, as roles list it: `Microsoft.Web/sites/slots/slotsswap/action`.
 * Types and names alternate in a path behind the provider; what ends a POST is an action (documented for custom roles).
 * @returns undefined for a path that is not an app's
 */
export function rightFor(method: string, path: string): string | undefined {
  const [, behind] = /\/providers\/(Microsoft\.(?:Web|App)\/.*?)\/?(?:\?.*)?$/i.exec(path) ?? [];
  if (behind === undefined) return undefined;
  const [provider, ...rest] = behind.split('/');
  const types = rest.filter((_, index) => index % 2 === 0);
  return [provider, ...types, VERBS[method] ?? 'action'].join('/');
}

/** What an upload needs where the deployment host takes tokens (documented by Microsoft). */
export const PUBLISH_RIGHT = 'Microsoft.Web/sites/publish/action';

/** How to get a right, for people. */
export function grantOf(right: string): string {
  return `The identity lacks the right ${right}: grant it, or a role that holds it (${roleFor(right)} holds all that is used here)`;
}
