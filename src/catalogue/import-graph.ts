import { importAzd } from './import-azd.ts';
import { importBackstage } from './import-backstage.ts';
import { importCompose } from './import-compose.ts';
import { importProblem, type Imported } from './import-fields.ts';

type Import = (text: string, file: string) => Imported;

/** By name of the file, then by what only files of that kind say. */
const FORMATS: readonly { readonly name: RegExp; readonly text: RegExp; readonly read: Import }[] = [
  { name: /^catalog-info.*\.ya?ml$/i, text: /^apiVersion:\s*['"]?backstage\.io\//m, read: importBackstage },
  { name: /^azure\.ya?ml$/i, text: /^\s+host:\s*\S|^\s+type:\s*host\./m, read: importAzd },
  { name: /compose.*\.ya?ml$/i, text: /^\s+(?:image|build|depends_on):/m, read: importCompose },
];

/** Imports the file of another tool that says what depends on what. */
export function importGraph(text: string, file: string): Imported {
  const base = file.split(/[/\\]/).at(-1) ?? '';
  const format = FORMATS.find(({ name }) => name.test(base)) ?? FORMATS.find(({ text: sign }) => sign.test(text));
  if (format !== undefined) return format.read(text, file);
  const message = 'the file is none of Backstage (catalog-info.yaml), of azd (azure.yaml) or of compose (compose.yaml)';
  return { draft: undefined, findings: [importProblem({ file, line: 1, column: 1 }, message)] };
}
