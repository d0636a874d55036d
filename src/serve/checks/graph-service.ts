import { didYouMean } from '../../finding/nearest.ts';
import type { Catalogue, Service } from '../../catalogue/model.ts';

/** A service of the graph file that this service was started with. @returns what is wrong, as a sentence */
export function serviceOf(catalogue: Catalogue | undefined, name: string): Service | string {
  if (catalogue === undefined) return "'service' needs a graph file: start the service with --graph-file";
  const found = catalogue.services.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = catalogue.services.map((one) => one.name);
  const near = didYouMean(name, names);
  return `'${name.slice(0, 80)}' is no service of ${catalogue.file}${near === '' ? '. It' : `${near} It`} has: ${names.join(', ')}`;
}
