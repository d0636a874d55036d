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
