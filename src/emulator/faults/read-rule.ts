import { isObject } from '../json/json.ts';
import { EVENTS, FAULT_KINDS } from './fault-kinds.ts';
import type { FaultEffect, FaultRule } from './fault.ts';

/** Kinds that take milliseconds. */
const TIMED: readonly string[] = ['delay', 'swap-slow', 'app-update-slow', 'app-revision-slow', 'app-host-gone'];
const KINDS = Object.keys(FAULT_KINDS) as FaultEffect['kind'][];

/**
 * Reads a rule that came over HTTP.
 * @throws Error that says what is wrong, for the 400 of the control interface
 */
export function readFaultRule(value: unknown): FaultRule {
  if (!isObject(value) || !isObject(value['effect'])) throw new Error('A rule is {id?, match?, effect: {kind, ...}}.');
  const { id, match = {}, effect } = value;
  if (id !== undefined && typeof id !== 'string') throw new Error('"id" must be text.');
  if (!isObject(match)) throw new Error('"match" must be an object.');
  const kind = KINDS.find((one) => one === effect['kind']);
  if (kind === undefined) throw new Error(`"effect.kind" must be one of ${KINDS.join(', ')}.`);
  if (kind.endsWith('status') && !isStatus(effect['status'])) throw new Error('"effect.status" must be 100 to 599.');
  if (TIMED.includes(kind) && typeof effect['ms'] !== 'number') throw new Error('"effect.ms" must be a number.');
  if (effect['requests'] !== undefined && !(Number(effect['requests']) >= 1))
    throw new Error('"effect.requests" must be a number from 1.');
  for (const key of ['method', 'path', 'site', 'after']) {
    if (match[key] !== undefined && typeof match[key] !== 'string') throw new Error(`"match.${key}" must be text.`);
  }
  if (typeof match['after'] === 'string' && !Object.keys(EVENTS).includes(match['after']))
    throw new Error(`"match.after" must be one of ${Object.keys(EVENTS).join(', ')}.`);
  for (const key of ['nth', 'times']) {
    const count = match[key];
    const fits =
      count === undefined || (Number.isInteger(count) && Number(count) >= 1) || (key === 'times' && count === 'always');
    if (!fits) throw new Error(`"match.${key}" must be a whole number from 1.`);
  }
  return value as unknown as FaultRule;
}

function isStatus(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 599;
}
