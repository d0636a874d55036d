import type { Finding, Position } from '../../finding/finding.ts';
import { describeNode, excerpt } from '../../yaml/node.ts';
import { readYaml } from '../../yaml/read-yaml.ts';
import { Repositories } from './repositories.ts';
import type { Run } from './run.ts';
import { readTemplate, type TemplateFile } from './template-file.ts';
import type { TemplateFiles } from './template-files.ts';
import { resolveTemplate, SELF, type Location, type TemplatePath } from './template-path.ts';

/** Where a reference starts from, and where it is written when that is elsewhere: in an argument of another file. */
interface Origin {
  readonly from: Location;
  readonly written: Location | undefined;
}

/** Finds and reads the template files of one pipeline, each once. What stands in the way is reported. */
export class TemplateLoader {
  readonly repositories = new Repositories();
  /** Texts of the files that were read, by the names that findings carry. */
  readonly sources = new Map<string, string>();
  readonly yamlFindings: Finding[] = [];
  readonly #run: Run;
  readonly #files: TemplateFiles;
  readonly #readYaml: typeof readYaml;
  readonly #known = new Map<string, TemplateFile | undefined>();

  constructor(run: Run, files: TemplateFiles, read = readYaml) {
    this.#run = run;
    this.#readYaml = read;
    this.#files = files;
  }

  load(
    reference: string,
    origin: Origin,
    at: Position,
  ): { readonly path: TemplatePath; readonly file: TemplateFile } | undefined {
    const path = this.#locate(reference, origin, at);
    const file = path === undefined ? undefined : this.take(path, at);
    return path === undefined || file === undefined ? undefined : { path, file };
  }

  #locate(reference: string, { from, written }: Origin, at: Position): TemplatePath | undefined {
    const { reporter } = this.#run;
    const found = resolveTemplate(reference, from);
    if ('invalid' in found) {
      reporter.fault(at, found.invalid);
      return undefined;
    }
    if (!this.repositories.has(found.repository)) {
      // Another file may declare it in another case.
      this.#run.traces?.spoil();
      reporter.fault(
        at,
        `No repository found by name ${aliasOf(reference)}${this.repositories.suggest(found.repository)}`,
      );
      return undefined;
    }
    const other = written === undefined ? found : resolveTemplate(reference, written);
    if ('invalid' in other || (other.path === found.path && other.repository === found.repository)) return found;
    // Should the service look for a file that is not there, nothing runs: the one that is there may be taken for meant.
    const [here, there] = [found, other].map(({ repository, path }) => this.#files.read(repository, path).state);
    if (there === 'missing') return found;
    if (here === 'missing') return other;
    const what = `template '${excerpt(reference)}' stands in an argument of type object, and nobody has measured which file it starts from; write it from the root, as /path@self`;
    reporter.cannotTell(at, what);
    return undefined;
  }

  /** A file, and all that comes with its first use in a case. */
  take(path: TemplatePath, at: Position): TemplateFile | undefined {
    const { traces } = this.#run;
    if (traces === undefined) return this.#read(path, at);
    traces.note(({ loader }) => loader.take(path, at));
    return traces.unnoted(() => this.#read(path, at));
  }

  #read(path: TemplatePath, at: Position): TemplateFile | undefined {
    const id = idOf(path);
    this.#run.budget.takeFile(at, id);
    const alias = this.repositories.nameOf(path.repository);
    const shown = path.repository === SELF ? path.path : `${path.path}@${alias}`;
    if (this.#known.has(id)) return this.#known.get(id);
    const read = this.#files.read(path.repository, path.path);
    switch (read.state) {
      case 'found': {
        const file = this.#parse(id, read.text, read.name, at);
        this.#known.set(id, file);
        return file;
      }
      case 'missing':
        this.#run.reporter.fault(
          at,
          `File ${path.path} not found in repository ${alias}; letters of another case are other files`,
        );
        return undefined;
      case 'unreadable':
        this.#run.reporter.fault(at, `File ${shown} ${read.why}`);
        return undefined;
      case 'unmapped': {
        const cure = path.repository === SELF ? '' : `; say where it lies with --repo ${alias}=FOLDER`;
        this.#run.reporter.cannotTell(
          at,
          `template '${shown}' is not read: repository '${alias}' is not at hand${cure}`,
        );
        return undefined;
      }
    }
  }

  #parse(id: string, text: string, name: string, at: Position): TemplateFile | undefined {
    const { budget, reporter, sharing } = this.#run;
    budget.takeFileText(at, text.length);
    const known = sharing.files.get(id) ?? readTemplate(text, name, this.#readYaml);
    sharing.files.set(id, known);
    const { root, file, faults } = known;
    this.sources.set(name, text);
    this.yamlFindings.push(...known.yamlFindings);
    if (root === undefined) return undefined;
    if (root.kind !== 'mapping') {
      reporter.fault(root, `a template must be a mapping, not ${describeNode(root)}`);
      return undefined;
    }
    this.repositories.add(root, reporter);
    for (const fault of faults) reporter.fault(fault, fault.message);
    return file;
  }
}

function idOf({ repository, path }: TemplatePath): string {
  return `${repository}:${path}`;
}

function aliasOf(reference: string): string {
  const at = reference.indexOf('@');
  return at === -1 ? SELF : reference.slice(at + 1);
}
