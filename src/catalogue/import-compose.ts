import type { Finding } from '../finding/finding.ts';
import { describeNode, isNull, type YamlNode } from '../yaml/node.ts';
import { readYaml } from '../yaml/read-yaml.ts';
import type { DraftService } from './draft.ts';
import { appNameOf, at, IMPORT_FILE, importProblem, namesIn, textAt, type Imported } from './import-fields.ts';

const DATABASES =
  /(?:^|[/])(?:postgres|postgis|mysql|mariadb|mongo|mssql|azure-sql-edge|cockroach|timescaledb)[\w.-]*(?::|@|$)|mssql\/server/i;

/** Imports a compose file: `services` with `depends_on`, as a list of names or as a mapping from names to conditions. */
export function importCompose(text: string, file: string): Imported {
  const { root, findings: syntax } = readYaml(text, { file, rule: IMPORT_FILE, foreign: true });
  const findings: Finding[] = [...syntax];
  const node = at(root, 'services');
  if (root !== undefined && node?.kind !== 'mapping')
    findings.push(
      importProblem(
        node ?? root,
        node === undefined ? 'the file has no services' : `services must be a mapping, not ${describeNode(node)}`,
      ),
    );
  const seen = new Set<string>();
  const services = (node?.kind === 'mapping' ? node.entries : []).flatMap(({ key, value }): DraftService[] => {
    if (seen.has(key.text) || key.text === '<<') return [];
    seen.add(key.text);
    return [
      { name: key.text, dependsOn: dependenciesOf(value, key.text, findings), ...describeService(key.text, value) },
    ];
  });
  if (findings.length === 0 && services.length === 0 && node !== undefined)
    findings.push(importProblem(node, 'services names no service'));
  if (findings.length > 0) return { draft: undefined, findings };
  return { draft: { services, environments: [], defaults: [], notes: [`Drafted from ${file}.`] }, findings };
}

function dependenciesOf(value: YamlNode, name: string, findings: Finding[]): string[] {
  const written = at(value, 'depends_on');
  if (written?.kind === 'mapping') return written.entries.map(({ key }) => key.text).filter((one) => one !== '<<');
  return namesIn(written, `depends_on of ${name}`, findings);
}

function describeService(name: string, value: YamlNode): Pick<DraftService, 'kind' | 'fields' | 'notes'> {
  const image = textAt(value, 'image') ?? '';
  const merged =
    at(value, '<<') !== undefined || (at(value, 'depends_on') !== undefined && isNull(at(value, 'depends_on')!));
  const notes = merged ? ['What an anchor brings was not read: look for what it depends on.'] : [];
  if (DATABASES.test(image))
    return {
      kind: 'database',
      fields: [['database', name]],
      notes: [`Image ${image}; guessed: the name of the database.`, ...notes],
    };
  return {
    kind: 'containerApp',
    fields: [['app', appNameOf(name) ?? 'app']],
    notes: ['Guessed: that it runs as a container app, and its name.', ...notes],
  };
}
