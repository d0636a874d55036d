import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format } from 'oxfmt';
import { serviceGraphSchema } from '../catalogue/schema.ts';
import { docsTable } from '../settings/docs-table.ts';
import { isServerTask, taskJson, type TaskManifest } from '../settings/task-json.ts';
import { readManifest, taskFolders } from './tasks.ts';

/**
 * What is generated from declarations: each task.json, the documentation of all inputs, the schema of the graph file.
 * @returns text by path relative to the repository
 */
export async function generatedFiles(root: string): Promise<Map<string, string>> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const files = new Map<string, string>();
  const sections: string[] = [];
  for (const folder of taskFolders(root)) {
    const manifest = await readManifest(root, folder);
    files.set(`${folder.path}/task.json`, taskJson(manifest, folder.major, version));
    sections.push(`## ${manifest.name}@${folder.major}\n\n${sectionOf(manifest)}`);
  }
  const head =
    '# Settings\n\nGenerated from the declarations in `src/**/*.settings.ts` and the manifests of gates by `npm run manifests`.\n\n';
  files.set('docs/settings.md', head + sections.join('\n'));
  const path = 'schema/service-graph.schema.json';
  const { code, errors } = await format(path, JSON.stringify(serviceGraphSchema), { printWidth: 120 });
  if (errors.length > 0) throw new Error(`${path} cannot be formatted: ${JSON.stringify(errors)}`);
  return files.set(path, code);
}

function sectionOf(manifest: TaskManifest): string {
  if (isServerTask(manifest)) return `${manifest.help}\n\n${docsTable(manifest.settings, 'server')}`;
  const outputs = Object.entries(manifest.outputVariables).map(([name, holds]) => `- \`${name}\`: ${holds}\n`);
  return `${manifest.description}\n\n${docsTable(manifest.settings)}\nOutput variables:\n\n${outputs.join('')}`;
}

async function main(check: boolean): Promise<number> {
  const root = process.cwd();
  const files = await generatedFiles(root);
  const stale = [...files].filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text);
  for (const [path, text] of stale) {
    if (!check) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    console.error(check ? `${path} does not say what the declarations say` : `wrote ${path}`);
  }
  if (check && stale.length > 0) {
    console.error('Run `npm run manifests` and commit what it writes.');
    return 1;
  }
  console.error(`${files.size} generated files are as declared`);
  return 0;
}

if (import.meta.filename === process.argv[1]) process.exitCode = await main(process.argv.includes('--check'));
