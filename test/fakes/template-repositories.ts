import type { TemplateFiles } from '../../src/pipeline/expand/template-files.ts';

/**
 * Repositories in memory: `/path.yml` is a file of the pipeline's own, `/path.yml@alias` one of another. A repository
 * without any file is not at hand, but for the pipeline's own.
 */
export function templateRepositories(
  files: Readonly<Record<string, string>>,
  pipelinePath = '/azure-pipelines.yml',
): TemplateFiles & { readonly reads: string[] } {
  const reads: string[] = [];
  const mapped = new Set(['self', ...Object.keys(files).map((file) => file.split('@')[1] ?? 'self')]);
  return {
    pipelinePath,
    reads,
    read: (repository, path) => {
      const key = repository === 'self' ? path : `${path}@${repository}`;
      reads.push(key);
      const text = files[key];
      if (!mapped.has(repository)) return { state: 'unmapped' };
      if (text === undefined) return { state: 'missing' };
      if (text.trim() === 'UNREADABLE') return { state: 'unreadable', why: 'is not UTF-8 text' };
      return { state: 'found', text, name: key.slice(1) };
    },
  };
}
