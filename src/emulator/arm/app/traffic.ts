import { isObject, stringAt } from '../../json/json.ts';
import { invalidTraffic } from './errors.ts';
import type { TrafficEntry } from '../../state/container-app.ts';

export interface KnownTraffic {
  /** Names of the revisions that there are. */
  readonly revisions: readonly string[];
  /** What a label stands for so far. */
  readonly before: readonly TrafficEntry[];
}

/** All of it to whatever is the latest: what an app has that was told nothing else. */
export const TO_THE_LATEST: readonly TrafficEntry[] = [{ weight: 100, latestRevision: true }];

/** Reads the array as the service takes it: it replaces what was there, and weights may come as text. */
export function readTraffic(value: unknown, known: KnownTraffic): readonly TrafficEntry[] {
  if (value === undefined || value === null) return TO_THE_LATEST;
  if (!Array.isArray(value)) throw invalidTraffic('it is no list.');
  const entries = value.map((one) => readEntry(one, known));
  const sum = entries.reduce((total, { weight }) => total + weight, 0);
  if (sum !== 100) throw invalidTraffic(`weights must total 100 and total ${sum}.`);
  const labels = entries.map(({ label }) => label).filter((one) => one !== undefined);
  const twice = labels.find((one, index) => labels.indexOf(one) !== index);
  if (twice !== undefined) throw invalidTraffic(`the label ${twice} stands in it twice.`);
  return entries;
}

function readEntry(value: unknown, known: KnownTraffic): TrafficEntry {
  const weight = isObject(value) ? Number(value['weight'] ?? 0) : NaN;
  if (!isObject(value) || !Number.isInteger(weight) || weight < 0 || weight > 100)
    throw invalidTraffic('a weight is a whole number from 0 to 100.');
  const label = stringAt(value, 'label');
  const named = label === undefined || label === '' ? {} : { label };
  const latest = value['latestRevision'] === true;
  const revisionName = stringAt(value, 'revisionName')?.toLowerCase() ?? '';
  if (latest && revisionName !== '') throw invalidTraffic('a row names a revision and is for the latest too.');
  if (latest) return { weight, latestRevision: true, ...named };
  if (revisionName === '') return { ...byLabel(label ?? '', known), weight };
  if (!known.revisions.includes(revisionName)) throw invalidTraffic(`there is no revision ${revisionName}.`);
  return { revisionName, weight, ...named };
}

function byLabel(label: string, { before }: KnownTraffic): TrafficEntry {
  const found = before.find((one) => one.label === label);
  if (label === '' || found === undefined)
    throw invalidTraffic(label === '' ? 'a row names no revision.' : `no revision has the label ${label}.`);
  return found;
}
