/** The repository of the pipeline itself. */
export const SELF = 'self';

/** Where a file lies: what relative references in it start from. */
export interface Location {
  /** `self`, or an alias in lower case. */
  readonly repository: string;
  /** Folder of the file as the service prints it: `/` at the root, `/a/b` below it. */
  readonly folder: string;
}

export interface TemplatePath extends Location {
  /** From the root of the repository, beginning with `/`. */
  readonly path: string;
}

/**
 * The file that `reference` names, in a file at `from`. Measured: `/` begins at the root of the repository, everything
 * else at the folder of the including file, and at the root where the reference goes into another repository; a
 * backslash is a slash; nothing is trimmed; the alias begins at the first `@`, in any case; `@self` and a bare `@` are
 * the pipeline's own repository; a path may not end above the root, and the sentence then shows the joined path.
 */
export function resolveTemplate(reference: string, from: Location): TemplatePath | { readonly invalid: string } {
  const at = reference.indexOf('@');
  const alias = at === -1 ? from.repository : reference.slice(at + 1).toLowerCase();
  const repository = alias === '' ? SELF : alias;
  const written = (at === -1 ? reference : reference.slice(0, at)).replaceAll('\\', '/');
  const base = repository === from.repository ? from.folder : '';
  const joined = written.startsWith('/') ? written : `${base}/${written}`;
  const segments: string[] = [];
  for (const segment of joined.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.pop() === undefined) return { invalid: `The file path ${joined} is invalid` };
  }
  if (segments.length === 0) return { invalid: `The file path ${joined} is invalid` };
  return { repository, folder: `/${segments.slice(0, -1).join('/')}`, path: `/${segments.join('/')}` };
}

/** The folder of a file of a repository, given its path. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}
