/** One look for a template file. */
export type TemplateRead =
  /** `name` is how people here know the file: it stands in findings. */
  | { readonly state: 'found'; readonly text: string; readonly name: string }
  /** The repository is at hand and has no such file. */
  | { readonly state: 'missing' }
  /** Nobody said where the repository lies. */
  | { readonly state: 'unmapped' }
  /** There is something, but it cannot be read; `why` says it in words, to follow the name of the file. */
  | { readonly state: 'unreadable'; readonly why: string };

/** Where template files come from. Reading must not throw, and may be repeated with the same answer. */
export interface TemplateFiles {
  /** The pipeline's own file, from the root of its repository: `/pipelines/release.yml`. */
  readonly pipelinePath: string;
  /**
   * @param repository `self`, or an alias of `resources.repositories` in lower case
   * @param path from the root of the repository, beginning with `/`, without `.` and `..`; its case counts (measured)
   */
  read(repository: string, path: string): TemplateRead;
}

/** No repository is at hand, so that every template stays unresolved. */
export function noTemplates(pipelineFile: string): TemplateFiles {
  const name = pipelineFile.split(/[/\\]/).at(-1) ?? '';
  return { pipelinePath: `/${name}`, read: () => ({ state: 'unmapped' }) };
}
