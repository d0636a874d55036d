import { DEFAULT_PROBE } from '../../catalogue/read-probe.ts';
import type { HealthCheck } from '../way/policy.ts';

/**
 * Pure: a health check as a plan in a journal holds it, with what plans did not say before there was such a thing.
 * @returns undefined when anything that is used of it is missing
 */
export function readHealth(value: unknown): HealthCheck | undefined {
  if (!isRecord(value)) return undefined;
  const { version } = value;
  const isWhole =
    typeof value['path'] === 'string' &&
    Array.isArray(value['statuses']) &&
    isRecord(value['headers']) &&
    isRecord(value['json']) &&
    (version === undefined || (isRecord(version) && typeof version['path'] === 'string')) &&
    ['intervalMs', 'timeoutMs', 'startupMs'].every((key) => isCount(value[key])) &&
    ['healthyThreshold', 'unhealthyThreshold'].every((key) => isCount(value[key]) && value[key] !== 0) &&
    isShare(value['unhealthyShare']) &&
    ['string', 'undefined'].includes(typeof value['instanceHeader']);
  if (!isWhole) return undefined;
  const health = value as unknown as HealthCheck;
  const { unhealthyShare = DEFAULT_PROBE.unhealthyShare } = health as Partial<HealthCheck>;
  return { ...health, unhealthyShare };
}

/** Pure: do all of these members hold text? */
export function hasTexts(value: unknown, names: readonly string[]): value is Record<string, string> {
  return isRecord(value) && names.every((name) => typeof value[name] === 'string');
}

function isShare(value: unknown): boolean {
  return value === undefined || (typeof value === 'number' && value > 0 && value <= 1);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
