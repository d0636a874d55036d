import type { Word } from './command.ts';

/** The words of a command sorted into what stands alone and what stands behind an option. */
export class Arguments {
  /** Words that are no option and no value of one, in order. */
  readonly positional: readonly Word[];
  /** Some word is not known at all, so that it may be any option. */
  readonly anyUnknown: boolean;
  readonly #options = new Map<string, Word | undefined>();

  /** @param flags options that take no value; every other one takes the next word, as most do */
  constructor(words: readonly Word[], flags: ReadonlySet<string> = new Set()) {
    const positional: Word[] = [];
    let anyUnknown = false;
    for (let at = 0; at < words.length; at++) {
      const { text, written } = words[at]!;
      if (text === undefined && !/^--?[A-Za-z]/.test(written)) {
        // `"${args[@]}"` may hold options; a quoted `$app` that stands behind one never comes here.
        anyUnknown ||= /[@*]/.test(written) || !/^['"]?[$%]/.test(written) || positional.length > 0;
        positional.push(words[at]!);
        continue;
      }
      const option = text ?? written;
      if (!/^--?[A-Za-z]/.test(option)) {
        positional.push(words[at]!);
        continue;
      }
      const [name, value] = split(option);
      if (value !== undefined || (text === undefined && written.includes('='))) {
        const known = text === undefined ? undefined : value;
        this.#options.set(name.toLowerCase(), { text: known, written: written.slice(written.indexOf('=') + 1) });
      } else if (flags.has(name.toLowerCase())) this.#options.set(name.toLowerCase(), { text: '', written: '' });
      else {
        const next = words[at + 1];
        const takes = next !== undefined && !/^--?[A-Za-z]/.test(next.text ?? '');
        this.#options.set(name.toLowerCase(), takes ? next : { text: '', written: '' });
        if (takes) at++;
      }
    }
    this.positional = positional;
    this.anyUnknown = anyUnknown;
  }

  has(...names: readonly string[]): boolean {
    return names.some((name) => this.#options.has(name));
  }

  /** The value of the first of these options that is there, in lower case. Undefined: none is. */
  option(...names: readonly string[]): Word | undefined {
    for (const name of names) if (this.#options.has(name)) return this.#options.get(name);
    return undefined;
  }
}

/** `--name=x` as name and value; `--name` alone has none. */
function split(option: string): [string, string | undefined] {
  const at = option.search(/[=:](?!$)/);
  return at === -1 ? [option.replace(/:$/, ''), undefined] : [option.slice(0, at), option.slice(at + 1)];
}
