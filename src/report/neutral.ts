import { neutral as neutralLine } from '../finding/print.ts';

/** Text from outside, line by line fit for a build log or a terminal: no agent commands, no control characters. */
export function neutral(text: string): string {
  return text
    .split(/\r\n|\n/)
    .map(neutralLine)
    .join('\n');
}

/** Text from outside inside markdown: no markup, no links, no HTML, no commands, on one line. */
export function neutralMarkdown(text: string): string {
  return neutralLine(text).replace(/[\\`*_{}[\]()#+|<>!~&-]/g, (mark) =>
    /[<>&]/.test(mark) ? `&#${mark.charCodeAt(0)};` : `\\${mark}`,
  );
}
