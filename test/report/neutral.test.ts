import assert from 'node:assert/strict';
import { neutral, neutralComment, neutralMarkdown } from '../../src/report/neutral.ts';
import { timeline } from '../../src/report/timeline.ts';

describe('text from outside', () => {
  const lines: [string, string, string][] = [
    ['healthy', 'healthy', 'plain text'],
    ['a\r\nb\nc', 'a\nb\nc', 'line ends'],
    ['x ##vso[task.complete result=Succeeded;]', 'x # #vso[task.complete result=Succeeded;]', 'a command of the agent'],
    ['##VSO[task.debug]x', '# #VSO[task.debug]x', 'a command in capitals'],
    ['a\n##[error]b', 'a\n# #[error]b', 'a mark of the log viewer'],
    ['\u001b[2K\rgone', ' [2K gone', 'escape sequences of a terminal'],
    ['a\u2028##vso[x]', 'a # #vso[x]', 'other line ends'],
  ];
  for (const [text, expected, what] of lines)
    it(`is printed without harm: ${what}`, () => assert.equal(neutral(text), expected));

  const marks: [string, string][] = [
    ['a | b\nc', 'a \\| b c'],
    ['[click](https://evil)', '\\[click\\](https://evil)'],
    ['<img src=x> & *x* `y`', '&#60;img src=x&#62; &#38; \\*x\\* \\`y\\`'],
    ['##vso[task.x]', '# #vso\\[task.x\\]'],
  ];
  for (const [text, expected] of marks)
    it(`stands in markdown as text: ${text}`, () => assert.equal(neutralMarkdown(text), expected));

  const Z = '\u200B';
  const comments: [string, string, string][] = [
    ['by @alice, see a@b.example', `by @${Z}alice, see a@b.example`, 'a mention'],
    ['@<6f168adb-59d4-4fc0-be3b-fb21b939b2a6>', `@${Z}&lt;6f168adb-59d4-4fc0-be3b-fb21b939b2a6&gt;`, 'as it is stored'],
    ['AzureWebApp@1 of templates@shared', 'AzureWebApp@1 of templates@shared', 'a name with a sign in it'],
    ['fixes #123 and !45, #DeployStore', `fixes #${Z}123 and !${Z}45, #DeployStore`, 'work items and pull requests'],
    ['![x](https://evil.example/p.png)', `!\\[x\\](:`.replace(':', `https:${Z}//evil.example/p.png)`), 'an image'],
    [
      'see https://evil.example or www.evil.example',
      `see https:${Z}//evil.example or www${Z}.evil.example`,
      'addresses',
    ],
    ['<b>&amp;', '&lt;b&gt;&amp;amp;', 'HTML'],
    ['$(A) and $(B)', '\\$(A) and \\$(B)', 'a formula'],
    ['a | b\n# c\n##vso[x]', 'a \\| b # c # #vso\\[x\\]', 'tables, lines, commands'],
  ];
  for (const [text, expected, what] of comments)
    it(`stands in a comment as text: ${what}`, () => assert.equal(neutralComment(text), expected));
});

describe('the timeline of a summary', () => {
  const event = (message: string) =>
    ({ at: Date.UTC(2026, 0, 5, 3, 1, 2), service: 'pay|ments', step: 'swap', level: 'warning', message }) as const;

  it('is a table with times', () =>
    assert.match(timeline([event('it\nmoved')]), /\| 03:01:02 \| pay\\\|ments \| swap \| warning \| it moved \|/));
  it('keeps the end of a long story', () => {
    const text = timeline(Array.from({ length: 250 }, (_, index) => event(`step ${index}`)));
    assert.match(text, /^The first 50 rows are in the log/);
    assert.ok(!text.includes('step 49 ') && text.includes('step 50 ') && text.includes('step 249 '));
  });
  it('is nothing without events', () => assert.equal(timeline([]), ''));
});
