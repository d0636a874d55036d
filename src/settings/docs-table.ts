import type { Presented, Setting } from './setting.ts';
import { flagOf } from './flags.ts';

/**
 * A declaration as a markdown table: name, flag, what it is, what may be written, what stands when nothing is.
 * @param place a task that the server runs is no command of ours, and has no flags
 */
export function docsTable(declaration: Presented, place: 'agent' | 'server' = 'agent'): string {
  const inTerminal = place === 'agent';
  const rows = Object.entries(declaration.settings).map(([name, setting]) => [
    [`\`${name}\``, ...(setting.aliases ?? []).map((alias) => `\`${alias}\``)].join(', '),
    // A terminal has no service connections: there the environment says who we are.
    ...(inTerminal ? [setting.kind === 'armConnection' ? '' : `\`${flagOf(name)}\``] : []),
    setting.help,
    valuesOf(setting),
    standing(setting),
  ]);
  const head = ['Input (and aliases)', ...(inTerminal ? ['Flag'] : []), 'Meaning', 'Values', 'Default'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n') + '\n';
}

function valuesOf(setting: Setting<unknown>): string {
  if (setting.choices.length > 0) return setting.choices.map((choice) => `\`${choice}\``).join(', ');
  switch (setting.kind) {
    case 'text':
    case 'oneOf':
    case 'boolean':
      return 'text';
    case 'int':
      return 'whole number';
    case 'duration':
      return 'duration (`500ms`, `5s`, `10m`)';
    case 'list':
      return 'several, by comma or line';
    case 'lines':
      return '`name=value`, one a line';
    case 'path':
      return 'path';
    case 'armConnection':
      return 'service connection';
  }
}

function standing({ presence }: Setting<unknown>): string {
  switch (presence.state) {
    case 'required':
      return 'required';
    case 'optional':
      return '';
    case 'default':
      return `\`${presence.text}\``;
  }
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
