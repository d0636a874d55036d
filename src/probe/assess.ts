import type { Sample } from './sample.ts';

/** The part of a probe policy that turns samples into a verdict. Counts of samples; durations in milliseconds. */
export interface AssessPolicy {
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** From this share of bad answers on a release is unhealthy, over 0 to 1. */
  readonly unhealthyShare: number;
  readonly startupMs: number;
}

/** A share is taken of so many newest answers, so that a long good past cannot hide a bad present. */
const SHARE_WINDOW = 60;

/** A sample with the moment it was taken, in milliseconds since the first one was asked for. */
export interface TimedSample {
  readonly sample: Sample;
  readonly afterMs: number;
}

/** The instances that there were when they were last asked for, in milliseconds since the first sample. */
export interface Present {
  readonly names: readonly string[];
  readonly askedAtMs: number;
}

/**
 * Four verdicts. `inconclusive` is about the probe and not about the release; `pending` asks for another sample.
 * Every reason carries a number and its limit.
 */
export interface Verdict {
  readonly kind: 'healthy' | 'unhealthy' | 'inconclusive' | 'pending';
  readonly reason: string;
  /** Version that the last good sample reported. */
  readonly version: string | undefined;
  /** Bad answers were seen, and there are too few to tell whether they are a share of all that counts. */
  readonly tooFew: boolean;
}

/**
 * Judges a history of samples. Bad answers within the startup grace do not count until a first good one ends the
 * grace. `unhealthyThreshold` bad ones in a row, or as many that are `unhealthyShare` of all, overall or of one proven
 * instance, are unhealthy; as many in a row that could not be made are inconclusive, after the grace;
 * `healthyThreshold` good ones in a row are healthy, provided that no instance that was seen answered badly when last
 * asked, and that the share of bad ones is below its limit. Until there are answers enough to tell that it is pending.
 * @param swapGraceMs for how long after a swap the platform's own hiccups (502, 503, a cut connection) do not count;
 *        good answers end it only when `healthyThreshold` of them came in a row
 * @param present the instances that there are, where that is known: of one that is gone nothing more is expected, while
 *        the answers that users had of it count among all
 */
export function assess(
  history: readonly TimedSample[],
  policy: AssessPolicy,
  swapGraceMs = 0,
  present?: Present,
): Verdict {
  const firstGood = history.findIndex(({ sample }) => sample.kind === 'good');
  const counted = history.filter(
    ({ afterMs }, index) => afterMs >= policy.startupMs || (firstGood !== -1 && index >= firstGood),
  );
  const heard = withoutHiccups(counted, policy, swapGraceMs);
  const samples = heard.map(({ sample }) => sample);
  const there = ofThoseThere(heard, present);
  const last = history.at(-1)?.sample;
  const version = samples.findLast((sample) => sample.kind === 'good')?.version;
  const hiccups = counted.length - heard.length;
  const verdict = (kind: Verdict['kind'], reason: string): Verdict => ({
    kind,
    reason: `${reason}${hiccups === 0 ? '' : `; ${hiccups} of the platform's own not counted`}`,
    version,
    tooFew: false,
  });

  const bad = trailing(samples, 'bad');
  if (bad >= policy.unhealthyThreshold)
    return verdict('unhealthy', `${bad} of ${policy.unhealthyThreshold} bad answers in a row: ${last?.reason ?? ''}`);
  const all = shareOf(samples, policy);
  if (all.kind === 'over') return verdict('unhealthy', all.text);
  for (const [instance, own] of byInstance(there)) {
    const name = `instance ${instance.slice(0, 8)}`;
    const badHere = trailing(own, 'bad');
    if (badHere >= policy.unhealthyThreshold) {
      const reason = own.at(-1)?.reason ?? '';
      return verdict('unhealthy', `${name}: ${badHere} bad answers in a row: ${reason}`);
    }
    // One bad answer of an instance waits for no others of it: it may be asked rarely, or be gone.
    const share = shareOf(own, policy);
    if (share.kind === 'over') return verdict('unhealthy', `${name}: ${share.text}`);
  }
  const unmade = trailing(samples, 'unmade');
  if (unmade >= policy.unhealthyThreshold)
    return verdict('inconclusive', `${unmade} probes in a row could not be made: ${last?.reason ?? ''}`);
  // What the platform answers for itself says nothing against the release, and nothing for it.
  const good = trailing(
    counted.map(({ sample }) => sample),
    'good',
  );
  const sick = sickInstances(there);
  if (good >= policy.healthyThreshold && sick === 0 && all.kind !== 'open')
    return verdict(
      'healthy',
      `${good} healthy answers in a row (limit ${policy.healthyThreshold})${seen(there, present)}${told(all)}`,
    );
  if (good >= policy.healthyThreshold && all.kind === 'open')
    return { ...verdict('pending', `too few answers to tell: ${all.text}`), tooFew: true };
  return verdict(
    'pending',
    `${good} of ${policy.healthyThreshold} healthy answers${last ? `; last: ${last.reason}` : ''}${all.kind === 'none' ? '' : `; ${all.count}`}`,
  );
}

/** How many answers it takes at most until a share is decided one way or the other. */
export function answersForShare({ unhealthyThreshold, unhealthyShare }: AssessPolicy): number {
  return Math.floor((unhealthyThreshold - 1) / unhealthyShare) + 1;
}

/** `open`: bad ones were seen, and there are too few answers to say that their share is below the limit. */
type Share =
  | { readonly kind: 'none' }
  | { readonly kind: 'below' | 'over' | 'open'; readonly text: string; readonly count: string };

/** What could not be made says nothing; two bad answers at least, or what is `unhealthy` in a row, make a share. */
function shareOf(samples: readonly Sample[], { unhealthyShare, unhealthyThreshold }: AssessPolicy): Share {
  const answers = samples.filter(({ kind }) => kind !== 'unmade').slice(-SHARE_WINDOW);
  const bad = answers.filter(({ kind }) => kind === 'bad');
  if (bad.length === 0) return { kind: 'none' };
  const share = bad.length / answers.length;
  const percent = (value: number): string => `${Math.round(value * 100)}%`;
  const count = `${bad.length} of ${answers.length} answers bad`;
  const text = `${count} (${percent(share)}, limit ${percent(unhealthyShare)}): ${bad.at(-1)?.reason ?? ''}`;
  if (share < unhealthyShare) return { kind: 'below', text, count };
  return { kind: bad.length >= unhealthyThreshold ? 'over' : 'open', text, count };
}

function told(share: Share): string {
  return share.kind === 'none' ? '' : `; ${share.text}`;
}

/** Drops what the platform answers for itself after a swap, until enough good answers in a row have ended that. */
function withoutHiccups(
  counted: readonly TimedSample[],
  { healthyThreshold }: AssessPolicy,
  swapGraceMs: number,
): TimedSample[] {
  let good = 0;
  let lasted = false;
  return counted.filter(({ sample, afterMs }) => {
    good = sample.kind === 'good' ? good + 1 : 0;
    lasted ||= good >= healthyThreshold;
    const own = sample.origin === 'front' || sample.origin === 'cut';
    return !own || lasted || afterMs >= swapGraceMs;
  });
}

/** How many samples of one kind end the list. */
function trailing(samples: readonly Sample[], kind: Sample['kind']): number {
  let count = 0;
  while (count < samples.length && samples[samples.length - 1 - count]?.kind === kind) count += 1;
  return count;
}

function byInstance(samples: readonly Sample[]): Map<string, Sample[]> {
  const instances = new Map<string, Sample[]>();
  for (const sample of samples) {
    if (sample.instance === undefined) continue;
    const own = instances.get(sample.instance);
    if (own === undefined) instances.set(sample.instance, [sample]);
    else own.push(sample);
  }
  return instances;
}

/** An instance that so many newest answers did not come from, and three rounds of all others, is taken to be gone. */
const GONE_AFTER = 20;

/** How many instances answered badly when they were last asked. */
function sickInstances(samples: readonly Sample[]): number {
  const instances = byInstance(samples);
  const recent = samples.slice(-Math.max(GONE_AFTER, 3 * instances.size));
  return [...instances.values()].filter((own) => {
    const last = own.at(-1);
    return last?.kind === 'bad' && recent.includes(last);
  }).length;
}

/**
 * Without the answers of instances that are gone: not listed, and not heard of since. Where none that has answered is
 * listed, answers name their instances in another way than the list does, and it says nothing of them.
 */
function ofThoseThere(heard: readonly TimedSample[], present: Present | undefined): Sample[] {
  const listed = new Set(present?.names);
  const latest = new Map(heard.map(({ sample: { instance }, afterMs }) => [instance, afterMs]));
  const isThere = ({ instance }: Sample): boolean =>
    instance === undefined || listed.has(instance) || (latest.get(instance) ?? 0) > (present?.askedAtMs ?? 0);
  const samples = heard.map(({ sample }) => sample);
  return samples.some(({ instance }) => instance !== undefined && listed.has(instance))
    ? samples.filter(isThere)
    : samples;
}

/** Of how many there are is said only where the list speaks of those that were seen. */
function seen(samples: readonly Sample[], present: Present | undefined): string {
  const names = [...byInstance(samples).keys()];
  const all =
    names.length > 0 && names.every((name) => present?.names.includes(name)) ? present?.names.length : undefined;
  const [count, total] = [names.length, all ?? names.length];
  if (count === 0) return '';
  return `, ${all === undefined ? count : `${count} of ${all}`} ${total === 1 ? 'instance' : 'instances'} seen`;
}
