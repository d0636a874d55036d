import { didYouMean } from '../finding/nearest.ts';
import { PRODUCTION, type Catalogue } from './model.ts';

/**
 * The catalogue with the names of one environment. Case does not count, as it does not for the environments of a
 * pipeline; the base is production, by that name or none.
 * @returns undefined when the file has no such environment; `unknownEnvironment` says so
 */
export function inEnvironment(catalogue: Catalogue, name: string | undefined): Catalogue | undefined {
  if (name === undefined || name.toLowerCase() === PRODUCTION) return catalogue;
  const found = catalogue.environments.find((one) => one.name.toLowerCase() === name.toLowerCase());
  return found && { ...catalogue, services: found.services };
}

/** The sentence for an environment that the file does not have. */
export function unknownEnvironment({ file, environments }: Catalogue, name: string): string {
  const names = [PRODUCTION, ...environments.map((one) => one.name)];
  const hint = didYouMean(name, names);
  return `'${name}' is no environment of ${file}${hint === '' ? `; it has ${names.join(', ')}` : hint}`;
}
