import { Spot, type ManifestFinding } from './finding.ts';
import type { PackedFiles } from './packed-files.ts';
import { mustBePng } from './png.ts';
import { lintIds, lintTask, type ReadTask } from './task.ts';

export const MANIFEST = 'vss-extension.json';

/** The Marketplace's limit (documented). */
const LARGEST_BYTES = 50 * 1024 ** 2;
const LONGEST_DESCRIPTION = 200;
const TARGETS = [
  'Microsoft.VisualStudio.Services',
  'Microsoft.VisualStudio.Services.Cloud',
  'Microsoft.TeamFoundation.Server',
];
const CATEGORIES = ['Azure Artifacts', 'Azure Boards', 'Azure Pipelines', 'Azure Repos', 'Azure Test Plans'];
/** Of the documented scopes those that something of ours could ever want; another one is a decision, not a typing error. */
const SCOPES = ['vso.build', 'vso.build_execute', 'vso.code', 'vso.release', 'vso.serviceendpoint', 'vso.threads_full'];
const TASK = 'ms.vss-distributed-task.task';
/** Types of contributions with what each contributes to. */
const CONTRIBUTIONS: Readonly<Record<string, readonly string[]>> = {
  [TASK]: ['ms.vss-distributed-task.tasks'],
  'ms.vss-build-web.build-results-tab': ['ms.vss-build-web.build-results-view'],
  'ms.vss-build-web.build-results-section': ['ms.vss-build-web.build-results-summary-tab'],
};

/** All that is wrong with the manifest of the extension and those of its tasks. tfx packs most of it without a word (measured). */
export function lintExtension(files: PackedFiles): ManifestFinding[] {
  const found: ManifestFinding[] = [];
  const manifest = readJson(files, MANIFEST, found);
  if (manifest === undefined) return found;
  lintHead(manifest);
  lintContent(manifest, files);
  lintFiles(manifest, files);
  const contributed = lintContributions(manifest, files);
  const tasks: ReadTask[] = [];
  for (const file of files.paths().filter((path) => path.endsWith('/task.json'))) {
    const folder = file.slice(0, -'/task.json'.length);
    if (![...contributed].some((name) => folder === name || folder.startsWith(`${name}/`)))
      manifest.get('contributions').say(`must contribute ${folder}: without it the task is packed and cannot be added`);
    const task = readJson(files, file, found);
    if (task !== undefined) tasks.push({ folder, task });
  }
  for (const task of tasks) lintTask(task, files);
  lintIds(tasks);
  const bytes = files.paths().reduce((sum, path) => sum + files.size(path), 0);
  if (bytes > LARGEST_BYTES)
    manifest
      .get('files')
      .say(`must come to at most 50 MB, not ${Math.ceil(bytes / 1024 ** 2)} MB: the Marketplace takes no more`);
  return found;
}

function readJson(files: PackedFiles, file: string, found: ManifestFinding[]): Spot | undefined {
  const text = files.bytes(file)?.toString('utf8');
  if (text === undefined) {
    new Spot(undefined, file, found).say('must be there');
    return undefined;
  }
  try {
    return new Spot(JSON.parse(text), file, found);
  } catch (error) {
    new Spot(undefined, file, found).say(`must be JSON: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function lintHead(manifest: Spot): void {
  if (manifest.get('manifestVersion').value !== 1) manifest.get('manifestVersion').say('must be 1');
  for (const name of ['id', 'publisher'])
    manifest.get(name).mustMatch(/^[A-Za-z0-9][\w-]*$/, 'a name of letters, digits and hyphens');
  manifest.get('name').mustMatch(/\S/, 'the name that people see');
  manifest.get('version').mustMatch(/^\d+\.\d+\.\d+$/, 'three numbers with points between');
  const description = manifest.get('description');
  description.mustMatch(/\S/, 'a sentence');
  if (description.text.length > LONGEST_DESCRIPTION)
    description.say(`must have at most ${LONGEST_DESCRIPTION} characters, not ${description.text.length}`);
  manifest.get('targets').mustBeList('installation targets');
  for (const target of manifest.get('targets').items()) target.get('id').mustBeOneOf(TARGETS, 'an installation target');
  manifest.get('categories').mustBeList('categories');
  for (const category of manifest.get('categories').items())
    category.mustBeOneOf(CATEGORIES, 'a category of the Marketplace');
  for (const scope of manifest.get('scopes').items()) scope.mustBeOneOf(SCOPES, 'a scope that is known here');
}

function lintContent(manifest: Spot, files: PackedFiles): void {
  const icon = manifest.get('icons').get('default');
  icon.mustMatch(/\.png$/i, 'the path of a PNG: the Marketplace takes no SVG');
  if (/\.png$/i.test(icon.text)) mustBePng(icon, icon.text, 128, files);
  const details = manifest.get('content').get('details').get('path');
  mustBeThere(details, files);
  mustBeThere(manifest.get('content').get('license').get('path'), files);
  const overview = files.bytes(details.text)?.toString('utf8') ?? '';
  const refused = /!\[[^\]]*\]\([^)]*\.svg[^)]*\)|<img[^>]*\.svg|\]\(http:\/\/[^)]*\)/i.exec(overview)?.[0];
  if (refused !== undefined) details.say(`must have PNG images and https addresses alone, not ${refused}`);
}

function lintFiles(manifest: Spot, files: PackedFiles): void {
  manifest.get('files').mustBeList('files');
  for (const entry of manifest.get('files').items()) {
    const path = entry.get('path');
    if (!files.paths().some((one) => isIn(one, path.text))) path.say(`must name what is there, not ${path.shown}`);
    if (!entry.get('packagePath').isMissing)
      entry
        .get('packagePath')
        .say('must be left out: tfx looks for tasks at the path before it. Lay files out as they are to be packed');
    if (entry.get('addressable').value === true && isIn(path.text, 'tasks'))
      entry.get('addressable').say('must be left out of tasks: no web page asks for them');
  }
}

/** @returns the folders of tasks that are contributed */
function lintContributions(manifest: Spot, files: PackedFiles): Set<string> {
  const contributions = manifest.get('contributions');
  contributions.mustBeList('contributions');
  const ids = new Set<string>();
  const names = new Set<string>();
  const packed = manifest
    .get('files')
    .items()
    .map((entry) => entry.get('path').text);
  for (const contribution of contributions.items()) {
    const id = contribution.get('id');
    id.mustMatch(/^[a-z][a-z0-9-]*$/, 'an id of lower-case letters, digits and hyphens');
    if (ids.has(id.text)) id.say(`must be its own: '${id.text}' stands above`);
    ids.add(id.text);
    const type = contribution.get('type');
    type.mustBeOneOf(Object.keys(CONTRIBUTIONS), 'a type of contribution');
    const wanted = CONTRIBUTIONS[type.text];
    const targets = contribution.get('targets');
    if (wanted !== undefined && JSON.stringify(targets.value) !== JSON.stringify(wanted))
      targets.say(`must be ${JSON.stringify(wanted)}, not ${targets.shown}: it would be contributed to nothing`);
    if (type.text !== TASK) continue;
    const name = contribution.get('properties').get('name');
    names.add(name.text);
    if (!files.paths().some((path) => path.startsWith(`${name.text}/`) && path.endsWith('/task.json')))
      name.say(`must be a folder with a task.json in it or below, not ${name.shown}`);
    if (!packed.some((path) => isIn(name.text, path)))
      name.say(`must be in what 'files' packs: add ${name.shown} there`);
  }
  return names;
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function mustBeThere(path: Spot, files: PackedFiles): void {
  if (!files.paths().includes(path.text)) path.say(`must be a file that is there, not ${path.shown}`);
}
