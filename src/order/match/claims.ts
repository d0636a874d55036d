import type { Job, Stage } from '../../pipeline/model.ts';
import type { TargetStep } from '../../pipeline/targets.ts';
import type { DeployedBy } from '../../catalogue/model.ts';
import type { Unresolved } from '../../pipeline/model.ts';
import { placeOf } from '../../yaml/node.ts';
import { describeBy, isPattern, type JobsFound } from './find-jobs.ts';
import type { Located, Matched } from './find-service.ts';

/** What one `deployedBy` says of a job. */
export interface Claim extends Located {
  readonly by: DeployedBy;
}

/** The jobs that `deployedBy` speaks of, and the services that it gives to each; a stage where it names no job of it. */
export class Claims {
  readonly #owners = new Map<Job | Stage, Claim[]>();

  add(places: JobsFound['found'], owner: Claim): void {
    for (const { stage, job } of places) {
      const place = job ?? stage;
      const owners = this.#owners.get(place);
      if (owners === undefined) this.#owners.set(place, [owner]);
      else owners.push(owner);
    }
  }

  has({ stage, job }: TargetStep): boolean {
    return this.#owners.has(job) || this.#owners.has(stage);
  }

  /** Of several services of one name, the one that `deployedBy` gives to this job. */
  choose(found: Matched, { stage, job }: TargetStep): Matched {
    if (found === undefined || 'service' in found) return found;
    const owners = this.#owners.get(job) ?? this.#owners.get(stage) ?? [];
    const given = found.filter(({ service, environment }) =>
      owners.some((owner) => owner.service.name === service.name && owner.environment === environment),
    );
    return given.length === 1 ? given[0] : found;
  }

  /**
   * Jobs that a pattern gives to one service and another `deployedBy` to a second one, in one environment. Who writes the
   * name of a job in both says that it deploys both; a pattern that catches more than was meant says nothing.
   * @param isSeen whether a step of the job has been recognised that deploys the service: then nothing is open
   */
  disputed(isSeen: (place: Job | Stage, owner: Located) => boolean): readonly Dispute[] {
    const disputes = new Map<string, Dispute & { readonly places: (Job | Stage)[] }>();
    for (const [place, owners] of this.#owners)
      for (const [at, one] of owners.entries())
        for (const two of owners.slice(at + 1)) {
          if (two.service === one.service || two.environment !== one.environment) continue;
          if (!isPattern(one.by) && !isPattern(two.by)) continue;
          if (isSeen(place, one) && isSeen(place, two)) continue;
          // The pattern is what has to be mended; of two, the later one.
          const [wide, other] = isPattern(two.by) ? [two, one] : [one, two];
          const key = JSON.stringify(
            [wide, other].map(({ service, by, environment }) => [service.name, by, environment]),
          );
          const known = disputes.get(key) ?? { wide, other, places: [] };
          disputes.set(key, known);
          known.places.push(place);
        }
    return [...disputes.values()];
  }
}

/** Two `deployedBy` that mean the same jobs. */
export interface Dispute {
  /** The one with the pattern. */
  readonly wide: Claim;
  readonly other: Claim;
  readonly places: readonly (Job | Stage)[];
}

/** More names than these say nothing more. */
const MOST_NAMES = 3;

export function describeDispute({ wide, other, places }: Dispute): Unresolved {
  const distinct = [...new Set(places.map(({ name }) => name))];
  const more = distinct.length - MOST_NAMES;
  const names = more > 0 ? `${distinct.slice(0, MOST_NAMES).join(', ')} and ${more} more` : distinct.join(', ');
  const what =
    `two services match one job: deployedBy of ${wide.service.name} (\`${describeBy(wide.by)}\`) and of ${other.service.name} ` +
    `(\`${describeBy(other.by)}\`, line ${other.service.line}) both mean ${names}: narrow the pattern, or name the job ` +
    `without \`*\` in both where it deploys both`;
  return { ...placeOf(wide.service), what };
}
