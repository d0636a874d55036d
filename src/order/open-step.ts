import type { TargetStep } from '../pipeline/targets.ts';

/** More jobs than these are counted: the rest is the same. */
const MOST_OWNERS = 8;

/**
 * What to do about a step that deploys what cannot be told, as the end of a sentence: `deployedBy` for the jobs that have
 * it. No graph file can cure inputs that contradict each other.
 */
export function cureOf(what: string, owners: readonly Pick<TargetStep, 'stage' | 'job'>[], staged: boolean): string {
  if (what.includes('contradict each other')) return '';
  const template = owners.some(({ stage, job }) => stage.includes.length + job.includes.length > 0);
  if (owners.length === 1 && !template) return '; say with deployedBy which service its job deploys';
  const names = owners.map(({ stage, job }) => (staged ? `${stage.name}/${job.name}` : job.name));
  const more = names.length - MOST_OWNERS;
  const shown = more > 0 ? `${names.slice(0, MOST_OWNERS).join(', ')} and ${more} more` : names.join(', ');
  return `; say with deployedBy which service it is in ${shown}`;
}
