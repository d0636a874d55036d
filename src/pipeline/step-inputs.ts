import type { Finding, Position } from '../finding/finding.ts';
import { excerpt } from '../yaml/node.ts';
import type { Step, Unresolved } from './model.ts';
import { PIPELINE_FILE } from './reading.ts';

/** The value of a variable where a step runs, or undefined when only the run knows it. */
export type Known = (name: string) => string | undefined;

/** Text that is only known while the pipeline runs: `$(variable)`, `$[ expression ]`. */
const RUNTIME = /\$[([]/;
const MACRO = /\$\(([\w.-]+)\)/g;

/** Puts the values of variables where `$(name)` stands; one that is not known stays as it is written, as the agent has it. */
export function expandMacros(text: string, known: Known): string {
  return text.includes('$(') ? text.replace(MACRO, (macro, name: string) => known(name) ?? macro) : text;
}

/** Reads the inputs of one step and remembers what stood in the way. */
export class StepInputs {
  readonly unresolved: Unresolved[] = [];
  readonly findings: Finding[] = [];
  /** What is known, but may not happen, or may fail unseen. */
  readonly doubts: Unresolved[] = [];
  /** Some value that was asked for is not known, whether this reader or another one has said so. */
  unknown = false;
  readonly known: Known;
  readonly #step: Step;

  constructor(step: Step, known: Known) {
    this.#step = step;
    this.known = known;
  }

  /** The first of the names that is given, trimmed; `fallback` when none is; undefined when its value is not known. */
  text(names: readonly string[], fallback: string): string | undefined {
    for (const name of names) {
      const input = this.#step.inputs.get(name.toLowerCase());
      if (input === undefined || input.text.trim() === '') continue;
      const text = expandMacros(input.text, this.known).trim();
      const open = text.includes('${{');
      if (!open && !RUNTIME.test(text)) return text;
      const when = open ? 'cannot be told before the run' : 'is known only at run time';
      this.cannotJudge(input, `input '${name}' is '${excerpt(input.text)}', which ${when}`);
      return undefined;
    }
    if (this.#step.inputsComplete) return fallback;
    this.cannotJudge(
      this.#step,
      `input '${names[0]}' may stand under an expression that cannot be told before the run`,
    );
    return undefined;
  }

  /** As `text`, for what only helps to tell places apart: undefined when it is absent or not known. */
  hint(names: readonly string[]): string | undefined {
    const input = names.map((name) => this.#step.inputs.get(name.toLowerCase())).find((one) => one?.text.trim());
    const text = input === undefined ? '' : expandMacros(input.text, this.known).trim();
    return text === '' || RUNTIME.test(text) || text.includes('${{') ? undefined : text;
  }

  /** Whether the first of the names that is given has a value which only the run knows. Says nothing of it. */
  namesUnknown(names: readonly string[]): boolean {
    const given = names.some((name) => this.#step.inputs.get(name.toLowerCase())?.text.trim());
    return given && this.hint(names) === undefined;
  }

  /** A whole script with the values of variables in it, and where it is. Undefined when it is not given. */
  script(name: string): (Position & { readonly text: string }) | undefined {
    const input = this.#step.inputs.get(name.toLowerCase());
    return input === undefined ? undefined : { ...input, text: expandMacros(input.text, this.known) };
  }

  /** A name that the task cannot do without; with the reason where only the run knows it, for whoever is called so. */
  name(names: readonly string[], task: string): { readonly name: string; readonly why?: Unresolved } | undefined {
    const input = names.map((one) => this.#step.inputs.get(one.toLowerCase())).find((one) => one?.text.trim());
    const written = input === undefined ? '' : expandMacros(input.text, this.known).trim();
    if (input === undefined || written.includes('${{') || !RUNTIME.test(written)) {
      const name = this.required(names, task);
      if (name === undefined) return undefined;
      if (/^[\p{L}\p{N}]/u.test(name)) return { name };
      // A parameter that is empty by default gives half a name.
      this.cannotJudge(input ?? this.#step, `input '${names[0]!}' is '${excerpt(name)}', which no app is called`);
      return undefined;
    }
    const what = `input '${names.find((one) => this.#step.inputs.get(one.toLowerCase()) === input)!}' is '${excerpt(input.text)}', which is known only at run time`;
    const { file, line, column } = input;
    return { name: written, why: { file, line, column, what } };
  }

  /** As `text`, for what the task cannot do without. */
  required(names: readonly string[], task: string): string | undefined {
    const value = this.text(names, '');
    if (value !== '') return value;
    const { file, line, column } = this.#step;
    const message = `${task} needs the input '${names[0]}'`;
    this.findings.push({ rule: PIPELINE_FILE, severity: 'error', message, file, line, column, services: [] });
    return undefined;
  }

  flag(names: readonly string[], fallback: boolean): boolean | undefined {
    const value = this.text(names, String(fallback));
    return value === undefined ? undefined : value.toLowerCase() === 'true';
  }

  /** `graphFile`, whose usual beginning `$(Build.SourcesDirectory)/` or the like only says where the sources lie. */
  graphFile(fallback: string): string | undefined {
    const input = this.#step.inputs.get('graphfile');
    const path = input?.text.trim().replace(/^\$\([\w.]+\)[/\\]/, '') ?? '';
    return path === '' || RUNTIME.test(path) || path.includes('${{') ? this.text(['graphFile'], fallback) : path;
  }

  /** As it is written, with what is known of variables in it; undefined when it is not given. */
  said(names: readonly string[]): string | undefined {
    const input = names.map((name) => this.#step.inputs.get(name.toLowerCase())).find((one) => one?.text.trim());
    return input && expandMacros(input.text, this.known).trim();
  }

  cannotJudge({ file, line, column }: Position, what: string): void {
    this.unknown = true;
    this.unresolved.push({ file, line, column, what });
  }
}
