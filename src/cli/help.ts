import { flagOf } from '../settings/flags.ts';
import type { Setting } from '../settings/setting.ts';
import type { Command } from './command.ts';

const WIDTH = 110;
const COLUMN = 30;

export const EXIT_CODES = `Exit codes
  0  done
  1  findings, or refused: nothing unverified is in production
  2  bad input
  3  rolled back: what failed is as it was and verified; the last line names what stays on the new release
  4  a person is needed: the state is unknown, not healthy, changed by somebody else, or could not be restored`;

/** The page that `safe-rollout --help` shows. */
export function overview(commands: Readonly<Record<string, { summary: string }>>): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
  return `Safe Rollout: proves, deploys and rolls back systems of dependent services on Azure, in order.

Usage: safe-rollout <command> [flags]

${rows.join('\n')}

  safe-rollout <command> --help   what a command does, with examples
  safe-rollout --version          this version

New here? See it work on an embedded Azure, without an account: safe-rollout demo

${EXIT_CODES}
`;
}

/** The page that `safe-rollout <command> --help` shows. */
export function commandHelp(command: Command): string {
  const { name, usage, description, examples, settings, groups } = command;
  const sections = Object.entries({ '': 'Flags', ...groups }).map(([group, title]) => {
    const own = Object.entries(settings).filter(([, setting]) => (setting.group ?? '') === group);
    return `${title}\n${own.map(([setting, about]) => flagRow(setting, about)).join('')}`;
  });
  const shown = examples.map(([line, what]) => `  # ${what}\n  ${line}\n`);
  return `Usage: safe-rollout ${name} ${usage === '' ? '' : `${usage} `}[flags]

${paragraphs(description)}

Examples
${shown.join('\n')}
${sections.join('\n')}
${EXIT_CODES}
`;
}

function flagRow(name: string, setting: Setting<unknown>): string {
  const flag = `  ${flagOf(name)}${setting.kind === 'boolean' ? '' : ` ${valueOf(setting)}`}`;
  const text = setting.help.replaceAll('`', '') + standing(setting);
  const lines = wrap(text, WIDTH - COLUMN);
  const first = flag.length < COLUMN ? [flag.padEnd(COLUMN) + (lines.shift() ?? '')] : [flag];
  return [...first, ...lines.map((line) => ' '.repeat(COLUMN) + line)].join('\n') + '\n';
}

function valueOf(setting: Setting<unknown>): string {
  if (setting.choices.length > 1) return setting.choices.join('|');
  switch (setting.kind) {
    case 'int':
      return 'N';
    case 'duration':
      return 'TIME';
    case 'list':
      return 'A,B';
    case 'lines':
      return 'NAME=VALUE';
    case 'path':
      return 'FILE';
    case 'text':
    case 'oneOf':
    case 'boolean':
    case 'armConnection':
      return 'TEXT';
  }
}

function standing({ presence }: Setting<unknown>): string {
  switch (presence.state) {
    case 'required':
      return ' Required.';
    case 'optional':
      return '';
    case 'default':
      return ` Default: ${presence.text}.`;
  }
}

/** Blank lines part paragraphs; other line ends are those of our sources. */
function paragraphs(text: string): string {
  return text
    .split('\n\n')
    .map((paragraph) => wrap(paragraph.replaceAll('\n', ' '), WIDTH).join('\n'))
    .join('\n\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
