import type { Finding } from '../finding/finding.ts';
import type { YamlNode } from '../yaml/node.ts';
import { readYamlDocuments } from '../yaml/read-yaml.ts';
import type { DraftService } from './draft.ts';
import { appNameOf, at, IMPORT_FILE, importProblem, namesIn, textAt, type Imported } from './import-fields.ts';

/**
 * Imports a `catalog-info.yaml` of Backstage: Components and Resources, in as many documents as there are, with
 * `spec.dependsOn`, whose entries are `[kind:][namespace/]name` (Backstage's entity references; case does not count).
 */
export function importBackstage(text: string, file: string): Imported {
  const { roots, findings: syntax } = readYamlDocuments(text, { file, rule: IMPORT_FILE, foreign: true });
  const findings: Finding[] = [...syntax];
  const entities = roots.flatMap((root) => {
    const kind = textAt(root, 'kind')?.toLowerCase();
    const name = textAt(root, 'metadata', 'name');
    if (kind !== 'component' && kind !== 'resource') return [];
    if (name === undefined) findings.push(importProblem(root, `a ${kind} without metadata.name`));
    return name === undefined ? [] : [{ root, kind, name }];
  });
  if (findings.length === 0 && entities.length === 0)
    findings.push(
      importProblem({ file, line: 1, column: 1 }, 'the file has no Component and no Resource of Backstage'),
    );
  const notes: string[] = [];
  const taken = entities.filter(({ root, kind, name }) => {
    const known = kind === 'component' || isDatabase(root);
    if (!known) notes.push(`Not taken over: resource ${name}, which is deployed by nobody as far as this file says.`);
    return known;
  });
  const byName = new Map(taken.map(({ name }) => [name.toLowerCase(), name]));
  const left = new Set(entities.filter((one) => !taken.includes(one)).map(({ name }) => name.toLowerCase()));
  const services = taken.map(({ root, kind, name }): DraftService => {
    const written = namesIn(at(root, 'spec', 'dependsOn'), `spec.dependsOn of ${name}`, findings).map(nameOf);
    const dependsOn = written
      .filter((one) => !left.has(one.toLowerCase()))
      .map((one) => byName.get(one.toLowerCase()) ?? one);
    return { name, dependsOn, ...describeEntity(kind, name, root) };
  });
  if (findings.length > 0) return { draft: undefined, findings };
  return { draft: { services, environments: [], defaults: [], notes: [`Drafted from ${file}.`, ...notes] }, findings };
}

/** `component:default/payments` is `payments`. */
function nameOf(reference: string): string {
  return reference.slice(reference.search(/[^:/]*$/));
}

function isDatabase(root: YamlNode): boolean {
  return /database|sql|postgres|mysql|mongo|cosmos/i.test(textAt(root, 'spec', 'type') ?? '');
}

function describeEntity(kind: string, name: string, root: YamlNode): Pick<DraftService, 'kind' | 'fields' | 'notes'> {
  const type = textAt(root, 'spec', 'type') ?? '';
  if (kind === 'resource')
    return { kind: 'database', fields: [['database', name]], notes: [`Guessed: the name of the database.`] };
  if (type === 'library')
    return {
      kind: 'package',
      fields: [['version', '0.0.0']],
      notes: ['Guessed: the version; write the one that is built.'],
    };
  const app = appNameOf(name) ?? 'app';
  const what = type === 'website' ? 'staticWebApp' : 'appService';
  return {
    kind: what,
    fields: [['app', app]],
    notes: [`Guessed: the kind, from type '${type}', and the name of the app.`],
  };
}
