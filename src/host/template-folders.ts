import { closeSync, fstatSync, openSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { RolloutError } from '../rollout/errors.ts';
import type { TemplateFiles, TemplateRead } from '../pipeline/expand/template-files.ts';
import { isBelow, repositoryOf } from './repository-folder.ts';

/** The service parses 20 MB in all; no single template may be larger. */
const LARGEST_TEMPLATE_BYTES = 20 * 1024 * 1024;

/**
 * Templates in folders of this machine. The pipeline's own repository is the nearest folder above the file that git
 * knows, or the working folder.
 * @param folders by alias of `resources.repositories` in any case; `self` replaces the pipeline's own
 * @throws RolloutError `bad-input` when a folder does not exist
 */
export function templateFolders(pipelineFile: string, folders: Readonly<Record<string, string>> = {}): TemplateFiles {
  const roots = new Map<string, string>();
  const problems: string[] = [];
  for (const [alias, folder] of Object.entries(folders)) {
    const real = realFolder(folder);
    if (real === undefined) problems.push(`--repo ${alias}=${folder}: there is no such folder`);
    else roots.set(alias.toLowerCase(), real);
  }
  if (problems.length > 0) throw new RolloutError({ code: 'bad-input', problems });
  const file = resolve(pipelineFile);
  if (!roots.has('self')) roots.set('self', realFolder(repositoryOf(dirname(file))) ?? dirname(file));
  const self = roots.get('self')!;
  const inside = relative(self, join(realFolder(dirname(file)) ?? dirname(file), file.slice(dirname(file).length)));
  return {
    pipelinePath: isBelow(inside) ? `/${inside.split(sep).join('/')}` : '/azure-pipelines.yml',
    read: (repository, path) => {
      const root = roots.get(repository);
      return root === undefined ? { state: 'unmapped' } : readBelow(root, path);
    },
  };
}

function readBelow(root: string, path: string): TemplateRead {
  let found: string | undefined = root;
  for (const segment of path.split('/').filter((one) => one !== '')) {
    found = found === undefined ? undefined : entryOf(found, segment);
  }
  if (found === undefined) return { state: 'missing' };
  let real: string;
  try {
    real = realpathSync(found);
  } catch {
    return { state: 'missing' };
  }
  // A link may lead about inside of the repository, but nobody's pipeline reads the rest of this machine.
  if (!isBelow(relative(root, real))) return { state: 'unreadable', why: 'is a link that leaves its repository' };
  return readTemplate(real, nameOf(found));
}

/** Measured: the case of a path counts, whatever the file system of this machine thinks of it. */
function entryOf(folder: string, segment: string): string | undefined {
  if (segment === '..' || segment === '.' || segment.includes('\0')) return undefined;
  try {
    return readdirSync(folder).includes(segment) ? join(folder, segment) : undefined;
  } catch {
    return undefined;
  }
}

function readTemplate(file: string, name: string): TemplateRead {
  let handle: number | undefined;
  try {
    // One handle for both, so that what is measured is what is read.
    handle = openSync(file, 'r');
    const about = fstatSync(handle);
    if (!about.isFile()) return about.isDirectory() ? { state: 'missing' } : { state: 'unreadable', why: 'is no file' };
    if (about.size > LARGEST_TEMPLATE_BYTES)
      return { state: 'unreadable', why: `is larger than ${LARGEST_TEMPLATE_BYTES / 1024 / 1024} MB` };
    return {
      state: 'found',
      name,
      text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(handle)),
    };
  } catch (error) {
    const why = error instanceof TypeError ? 'is not UTF-8 text' : `cannot be read: ${(error as Error).message}`;
    return { state: 'unreadable', why };
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** As people write it: from the working folder where it lies below, else in full. */
function nameOf(file: string): string {
  const from = relative('.', file);
  return (isAbsolute(from) ? file : from).split(sep).join('/');
}

function realFolder(folder: string): string | undefined {
  try {
    const real = realpathSync(resolve(folder));
    readdirSync(real);
    return real;
  } catch {
    return undefined;
  }
}
