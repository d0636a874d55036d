import { inEnvironment, unknownEnvironment } from '../../catalogue/in-environment.ts';
import type { Catalogue } from '../../catalogue/model.ts';
import { readCatalogue } from '../../catalogue/read-catalogue.ts';
import { RolloutError } from '../errors.ts';

/** Reads a file of the machine that runs this. Throws `RolloutError` with the cure. */
export interface ReadText {
  readText(file: string): Promise<string>;
}

/** @throws RolloutError `bad-input` with every finding and its place */
export async function loadCatalogue(file: string, files: ReadText): Promise<Catalogue> {
  const { catalogue, findings } = readCatalogue(await files.readText(file), file);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (catalogue !== undefined && errors.length === 0) return catalogue;
  const problems = errors.map(
    ({ file: at, line, column, rule, message }) => `${at}:${line}:${column}: ${rule}: ${message}`,
  );
  throw new RolloutError({ code: 'bad-input', problems });
}

/**
 * A graph file with the names of one environment; with those of the base when none is said.
 * @throws RolloutError as `loadCatalogue`, and `bad-input` when the file has no such environment
 */
export async function loadEnvironment(
  file: string,
  environment: string | undefined,
  files: ReadText,
): Promise<Catalogue> {
  const whole = await loadCatalogue(file, files);
  const catalogue = inEnvironment(whole, environment);
  if (catalogue !== undefined) return catalogue;
  throw new RolloutError({ code: 'bad-input', problems: [unknownEnvironment(whole, environment ?? '')] });
}
