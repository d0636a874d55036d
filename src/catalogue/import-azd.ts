import type { Finding } from '../finding/finding.ts';
import { describeNode, isNull, type MappingEntry } from '../yaml/node.ts';
import { readYaml } from '../yaml/read-yaml.ts';
import type { DraftService } from './draft.ts';
import { appNameOf, at, IMPORT_FILE, importProblem, namesIn, textAt, type Imported } from './import-fields.ts';

/** What azd calls its hosts, and the types of its resources (its schema), as kinds of the graph file. */
const KINDS: Readonly<Record<string, string>> = {
  appservice: 'appService',
  function: 'appService',
  containerapp: 'containerApp',
  staticwebapp: 'staticWebApp',
  'host.appservice': 'appService',
  'host.containerapp': 'containerApp',
  'db.postgres': 'database',
  'db.mysql': 'database',
  'db.mongo': 'database',
  'db.cosmos': 'database',
};

/** Imports an `azure.yaml` of the Azure Developer CLI: `services` and `resources`, with their `uses`. */
export function importAzd(text: string, file: string): Imported {
  const { root, findings: syntax } = readYaml(text, { file, rule: IMPORT_FILE, foreign: true });
  const findings: Finding[] = [...syntax];
  const notes: string[] = [];
  const left = new Set<string>();
  const drafts: DraftService[] = [];
  for (const [group, key] of [
    ['services', 'host'],
    ['resources', 'type'],
  ] as const) {
    const node = at(root, group);
    if (node === undefined || isNull(node)) continue;
    if (node.kind !== 'mapping') {
      findings.push(importProblem(node, `${group} must be a mapping, not ${describeNode(node)}`));
      continue;
    }
    for (const entry of node.entries) {
      const name = entry.key.text;
      const type = textAt(entry.value, key) ?? '';
      const kind = KINDS[type.toLowerCase()];
      // A resource may host a service of the same name: the service says more.
      if (drafts.some((one) => one.name === name)) continue;
      if (kind === undefined) {
        left.add(name);
        notes.push(`Not taken over: ${name} (${type === '' ? `no ${key}` : type}).`);
      } else drafts.push(draftOf(entry, kind, type, findings));
    }
  }
  if (
    findings.length === 0 &&
    root !== undefined &&
    at(root, 'services') === undefined &&
    at(root, 'resources') === undefined
  )
    findings.push(importProblem(root, 'the file has neither services nor resources of azd'));
  if (findings.length > 0) return { draft: undefined, findings };
  const services = drafts.map((draft) => ({ ...draft, dependsOn: draft.dependsOn.filter((one) => !left.has(one)) }));
  return { draft: { services, environments: [], defaults: [], notes: [`Drafted from ${file}.`, ...notes] }, findings };
}

function draftOf({ key, value }: MappingEntry, kind: string, type: string, findings: Finding[]): DraftService {
  const name = key.text;
  const dependsOn = namesIn(at(value, 'uses'), `uses of ${name}`, findings);
  if (kind === 'database')
    return {
      name,
      kind,
      fields: [['database', name]],
      dependsOn,
      notes: [`${type}; guessed: the name of the database.`],
    };
  const written = textAt(value, 'resourceName');
  // `${...}` is filled in by azd when it runs.
  const known = written !== undefined && !written.includes('${');
  const app = appNameOf(known ? written : name) ?? 'app';
  const note = known ? '' : '; guessed: the name of the app, which azd makes up';
  return { name, kind, fields: [['app', app]], dependsOn, notes: [`${type}${note}.`] };
}
