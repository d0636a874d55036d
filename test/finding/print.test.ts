import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { sortFindings, type Finding } from '../../src/finding/finding.ts';
import { neutral, printAgent, printText, toJson } from '../../src/finding/print.ts';

const FINDING: Finding = {
  rule: 'missing-order',
  severity: 'error',
  message: 'store needs payments',
  file: 'azure-pipelines.yml',
  line: 2,
  column: 5,
  services: ['store', 'payments'],
};

describe('printText', () => {
  it('puts place, severity and rule first, and marks the column', () =>
    assert.equal(
      printText([FINDING], new Map([['azure-pipelines.yml', 'stages:\r\n  - stage: Store\r\n']])),
      'azure-pipelines.yml:2:5: error missing-order: store needs payments\n' +
        '    2 |   - stage: Store\n' +
        '      |     ^\n',
    ));

  it('goes without the line where the text is not at hand', () =>
    assert.equal(
      printText([{ ...FINDING, counterexample: 'Store starts at once' }], new Map([['azure-pipelines.yml', 'x']])),
      'azure-pipelines.yml:2:5: error missing-order: store needs payments\n    for example: Store starts at once\n',
    ));

  it('keeps the column in sight of a long line, and under its sign after a tab', () => {
    const long = `${'a'.repeat(1000)}!${'b'.repeat(1000)}`;
    const [, source, mark] = printText(
      [{ ...FINDING, line: 1, column: 1001 }],
      new Map([['azure-pipelines.yml', long]]),
    ).split('\n');
    assert.equal(source![mark!.indexOf('^')], '!');
    assert.ok(source!.length < 200);
    const [, tabbed, under] = printText(
      [{ ...FINDING, line: 1, column: 2 }],
      new Map([['azure-pipelines.yml', '\tx']]),
    ).split('\n');
    assert.equal(tabbed![under!.indexOf('^')], 'x');
  });
});

describe('printAgent', () => {
  it('writes one command a finding', () =>
    assert.equal(
      printAgent([{ ...FINDING, severity: 'warning' }]),
      '##vso[task.logissue type=warning;sourcepath=azure-pipelines.yml;linenumber=2;columnnumber=5;code=missing-order]' +
        'store needs payments\n',
    ));

  it('escapes as the agent decodes', () => {
    const [line, rest] = printAgent([{ ...FINDING, file: 'a;b]c%d', message: '100%;]' }]).split('\n');
    assert.ok(line!.includes('sourcepath=a%3Bb%5Dc%AZP25d;'), line);
    assert.ok(line!.endsWith(']100%AZP25;]'), line);
    assert.equal(rest, '');
  });

  it('agrees with the task library of the agent', () => {
    const { TaskCommand } = createRequire(import.meta.url)('azure-pipelines-task-lib/taskcommand') as {
      TaskCommand: new (command: string, properties: object, message: string) => { toString(): string };
    };
    const properties = { type: 'error', sourcepath: 'x;]%\ny', linenumber: 2, columnnumber: 5, code: 'missing-order' };
    const theirs = new TaskCommand('task.logissue', properties, 'a % b').toString();
    assert.equal(printAgent([{ ...FINDING, file: 'x;]%\ny', message: 'a % b' }]), `${theirs.replace(';]', ']')}\n`);
  });
});

describe('text from outside', () => {
  const attacks = [
    '##vso[task.setvariable variable=x]y',
    'a\n##vso[task.complete result=Succeeded]',
    'a\r##VSO[task.complete]',
    '##[section]Fine',
    '\u001B[2J##vso[x]',
    '#\u0000#vso[x]',
  ];
  for (const attack of attacks)
    it(`lets no command through: ${JSON.stringify(attack)}`, () => {
      const finding = { ...FINDING, message: attack, counterexample: attack };
      const sources = new Map([['azure-pipelines.yml', `x\n${attack.replace(/[\r\n]/g, '')}`]]);
      assert.doesNotMatch(printText([finding], sources), /##(vso)?\[/i);
      assert.doesNotMatch(printText([{ ...finding, file: attack }], sources), /##(vso)?\[/i);
      for (const output of [printAgent([finding]), printAgent([{ ...finding, file: attack }])]) {
        assert.equal(output.split(/[\r\n]/).length, 2, 'one line');
        assert.equal(output.replace(/##vso\[task\.logissue [^\]]*\]/, '').search(/##(vso)?\[/i), -1, output);
      }
    });

  it('leaves other text alone', () => assert.equal(neutral('C# ## [x] ünïcode'), 'C# ## [x] ünïcode'));
});

describe('toJson', () => {
  it('gives the fields in a fixed order and no counterexample where there is none', () => {
    assert.equal(
      JSON.stringify(toJson([FINDING])),
      '[{"rule":"missing-order","severity":"error","message":"store needs payments","file":"azure-pipelines.yml",' +
        '"line":2,"column":5,"services":["store","payments"]}]',
    );
    assert.equal(toJson([{ ...FINDING, counterexample: 'x' }])[0]!.counterexample, 'x');
  });
});

describe('sortFindings', () => {
  it('sorts by file, line, column, rule and message, as numbers', () => {
    const at = (file: string, line: number, column: number, rule = 'r'): Finding => ({
      ...FINDING,
      file,
      line,
      column,
      rule,
    });
    const sorted = [at('a', 2, 1), at('a', 10, 1, 'q'), at('a', 10, 1, 'r'), at('a', 10, 3), at('b', 1, 1)];
    assert.deepEqual(sortFindings([...sorted].reverse()), sorted);
  });
});
