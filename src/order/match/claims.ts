import type { Job, Stage } from '../../pipeline/model.ts';
import type { TargetStep } from '../../pipeline/targets.ts';
import type { JobsFound } from './find-jobs.ts';
import type { Located, Matched } from './find-service.ts';

/** The jobs that `deployedBy` speaks of, and the services that it gives to each; a stage where it names no job of it. */
export class Claims {
  readonly #owners = new Map<Job | Stage, Located[]>();

  add(places: JobsFound['found'], owner: Located): void {
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
}
