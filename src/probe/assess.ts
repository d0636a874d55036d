import type { Sample } from './sample.ts';

/** The part of a probe policy that turns samples into a verdict. Counts of samples; durations in milliseconds. */
export interface AssessPolicy {
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly startupMs: number;
}

/** A sample with the moment it was taken, in milliseconds since the first one was asked for. */
export interface TimedSample {
  readonly sample: Sample;
  readonly afterMs: number;
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
}

/**
 * Judges a history of samples. Bad answers within the startup grace do not count until a first good one ends the
 * grace. `unhealthyThreshold` bad ones in a row, overall or of one proven instance, are unhealthy; as many that could
 * not be made are inconclusive, after the grace; `healthyThreshold` good ones in a row are healthy, provided that no
 * instance that was seen answered badly when last asked.
 */
export function assess(history: readonly TimedSample[], policy: AssessPolicy): Verdict {
  const firstGood = history.findIndex(({ sample }) => sample.kind === 'good');
  const counted = history.filter(
    ({ afterMs }, index) => afterMs >= policy.startupMs || (firstGood !== -1 && index >= firstGood),
  );
  const samples = counted.map(({ sample }) => sample);
  const last = history.at(-1)?.sample;
  const version = samples.findLast((sample) => sample.kind === 'good')?.version;
  const verdict = (kind: Verdict['kind'], reason: string): Verdict => ({ kind, reason, version });

  const bad = trailing(samples, 'bad');
  if (bad >= policy.unhealthyThreshold)
    return verdict('unhealthy', `${bad} of ${policy.unhealthyThreshold} bad answers in a row: ${last?.reason ?? ''}`);
  for (const [instance, own] of byInstance(samples)) {
    const badHere = trailing(own, 'bad');
    if (badHere >= policy.unhealthyThreshold) {
      const reason = own.at(-1)?.reason ?? '';
      return verdict('unhealthy', `instance ${instance.slice(0, 8)}: ${badHere} bad answers in a row: ${reason}`);
    }
  }
  const unmade = trailing(samples, 'unmade');
  if (unmade >= policy.unhealthyThreshold)
    return verdict('inconclusive', `${unmade} probes in a row could not be made: ${last?.reason ?? ''}`);
  const good = trailing(samples, 'good');
  const sick = [...byInstance(samples)].filter(([, own]) => own.at(-1)?.kind === 'bad').length;
  if (good >= policy.healthyThreshold && sick === 0)
    return verdict('healthy', `${good} healthy answers in a row (limit ${policy.healthyThreshold})${seen(samples)}`);
  return verdict(
    'pending',
    `${good} of ${policy.healthyThreshold} healthy answers${last ? `; last: ${last.reason}` : ''}`,
  );
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

function seen(samples: readonly Sample[]): string {
  const count = byInstance(samples).size;
  return count === 0 ? '' : `, ${count} ${count === 1 ? 'instance' : 'instances'} seen`;
}
