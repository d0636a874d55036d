import { neutral as neutralLine } from '../finding/print.ts';

/** Text from outside, line by line fit for a build log or a terminal: no agent commands, no control characters. */
export function neutral(text: string): string {
  return text
    .split(/\r\n|\n/)
    .map(neutralLine)
    .join('\n');
}

/** Text from outside inside markdown: no emphasis, links, tables or HTML, no commands, on one line. */
export function neutralMarkdown(text: string): string {
  return neutralLine(text)
    .replace(/[\\`*_[\]|~]/g, '\\$&')
    .replace(/[<>&]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

/**
 * The same in a comment of a pull request, where more means something: mentions (`@person`, `@<id>`), links to work items
 * and pull requests (`#12`, `!12`), addresses, formulas. An invisible mark stands between a sign and what would give it a
 * meaning; entities are written by name, since `&#60;` holds a `#60`. A `@` inside of a word (`Task@1`) is as it was: people
 * copy it.
 */
export function neutralComment(text: string): string {
  return neutralLine(text)
    .replace(/[\\`*_[\]|~$]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/(?<!\w)@(?=\S)|[#!](?=\d)|:(?=\/\/)|\bwww(?=\.)/gi, `$&${NOTHING}`);
}

/** Zero width: seen by no person, and no letter to those who look for patterns. */
const NOTHING = '\u200B';
