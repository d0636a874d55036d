import type { Unresolved } from '../../pipeline/model.ts';
import type { TargetStep } from '../../pipeline/targets.ts';
import { placeOf } from '../../yaml/node.ts';

type Owner = Pick<TargetStep, 'stage' | 'job'>;

/** More jobs than these are counted: the rest is the same. */
const MOST_OWNERS = 8;

/**
 * Steps that deploy what cannot be told. One line of a template can stand in many jobs: it is told once, with the jobs
 * that `deployedBy` has not named yet.
 */
export class OpenSteps {
  readonly #open = new Map<string, { readonly reason: Unresolved; readonly owners: Map<Owner['job'], Owner> }>();

  add(at: Owner, reasons: readonly Unresolved[]): void {
    for (const reason of reasons) {
      const key = JSON.stringify([reason.file, reason.line, reason.column, reason.what]);
      const open = this.#open.get(key) ?? { reason, owners: new Map<Owner['job'], Owner>() };
      this.#open.set(key, open);
      open.owners.set(at.job, at);
    }
  }

  /** @param staged whether the pipeline has stages of its own, which are then named */
  tell(staged: boolean): Unresolved[] {
    return [...this.#open.values()].map(({ reason, owners }) => ({
      ...placeOf(reason),
      what: `${reason.what}${cureOf(reason.what, [...owners.values()], staged)}`,
    }));
  }
}

/** No graph file can cure inputs that contradict each other. */
function cureOf(what: string, owners: readonly Owner[], staged: boolean): string {
  if (what.includes('contradict each other')) return '';
  const template = owners.some(({ stage, job }) => stage.includes.length + job.includes.length > 0);
  if (owners.length === 1 && !template) return '; say with deployedBy which service its job deploys';
  const names = owners.map(({ stage, job }) => (staged ? `${stage.name}/${job.name}` : job.name));
  const more = names.length - MOST_OWNERS;
  const shown = more > 0 ? `${names.slice(0, MOST_OWNERS).join(', ')} and ${more} more` : names.join(', ');
  return `; say with deployedBy which service it is in ${shown}`;
}
