import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

/** The nearest folder above with a `.git` in it, which is a file in a work tree; the working folder when there is none. */
export function repositoryOf(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) break;
  }
  const working = resolve('.');
  return isBelow(relative(working, folder)) || working === folder ? working : folder;
}

/** Whether a path from a folder leads to something in it. */
export function isBelow(path: string): boolean {
  return path !== '' && !isAbsolute(path) && path !== '..' && !path.startsWith(`..${sep}`);
}

/**
 * The path of a file in the repository that a run is of, from its root, with a slash before it. A job with several
 * checkouts has each in a folder of its name, unless the step names another (documented).
 * @param self name of the repository, and the folder that the agent says it is in
 * @returns undefined for a file of another repository, and where that is not known
 */
export function pathInRepository(
  file: string,
  self: { readonly name: string; readonly folder: string | undefined },
): string | undefined {
  const from = realOf(resolve(file));
  const root = realOf(repositoryOf(dirname(from)));
  const places = [resolve('.'), ...(self.folder === undefined ? [] : [resolve(self.folder)])].map(realOf);
  const isSelf = places.includes(root) || basename(root).toLowerCase() === self.name.toLowerCase();
  const path = relative(root, from);
  return isSelf && isBelow(path) ? `/${path.split(sep).join('/')}` : undefined;
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
