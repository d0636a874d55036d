import assert from 'node:assert/strict';
import { docsTable } from '../../src/settings/docs-table.ts';
import { readFlags } from '../../src/settings/flags.ts';
import { armConnection, boolean, duration, list, oneOf, path, text } from '../../src/settings/kinds.ts';
import { describeProblem } from '../../src/settings/read.ts';
import { declare, optional, withDefault } from '../../src/settings/setting.ts';
import { taskInputs } from '../../src/settings/task-inputs.ts';

const declaration = declare(
  {
    azureSubscription: armConnection({ label: 'Connection', help: 'Used to swap.', aliases: ['ConnectedServiceName'] }),
    sourceSlot: withDefault(
      text({
        label: 'Source',
        help: 'To promote.',
        aliases: ['SourceSlot'],
        pick: { dataSource: 'AzureRMWebAppSlotsId', from: { WebAppName: 'appName' }, item: 'slotId' },
      }),
      'staging',
    ),
    stale: withDefault(oneOf(['fail', 'clear'], { label: 'Stale', help: 'a | b', group: 'more' }), 'fail'),
    swapDeadline: withDefault(duration({ label: 'Deadline', help: 'Longest.', visibleRule: 'stale = fail' }), '45m'),
    preserveVnet: withDefault(boolean({ label: 'VNet', help: 'Keep.' }), 'true'),
    withProduction: optional(boolean({ label: 'Old', help: 'Old.' })),
    graphFile: path({ label: 'Graph', help: 'File.' }),
    services: optional(list({ label: 'Services', help: 'Some.' })),
  },
  { groups: { more: 'More' } },
);

describe('task.json inputs', () => {
  const { groups, inputs, dataSourceBindings } = taskInputs(declaration);
  const input = (name: string) => inputs.find((one) => one.name === name);

  it('keep the order of the declaration', () =>
    assert.deepEqual(
      inputs.map(({ name, type, required, defaultValue }) => [name, type, required, defaultValue]),
      [
        ['azureSubscription', 'connectedService:AzureRM', true, undefined],
        ['sourceSlot', 'pickList', false, 'staging'],
        ['stale', 'pickList', false, 'fail'],
        ['swapDeadline', 'string', false, '45m'],
        ['preserveVnet', 'boolean', false, 'true'],
        ['withProduction', 'string', false, undefined],
        ['graphFile', 'filePath', true, undefined],
        ['services', 'multiLine', false, undefined],
      ],
    ));
  it('leave out an alias that differs in letter case only', () => {
    assert.deepEqual(input('azureSubscription')?.aliases, ['ConnectedServiceName']);
    assert.equal(input('sourceSlot')?.aliases, undefined);
  });
  it('carry groups, rules of visibility, help and options', () => {
    assert.deepEqual(groups, [{ name: 'more', displayName: 'More', isExpanded: false }]);
    assert.deepEqual(input('stale')?.options, { fail: 'fail', clear: 'clear' });
    assert.equal(input('stale')?.groupName, 'more');
    assert.equal(input('swapDeadline')?.visibleRule, 'stale = fail');
    assert.equal(input('stale')?.helpMarkDown, 'a | b');
  });
  it('fill pick lists from the connection', () =>
    assert.deepEqual(dataSourceBindings, [
      {
        target: 'sourceSlot',
        endpointId: '$(azureSubscription)',
        dataSourceName: 'AzureRMWebAppSlotsId',
        parameters: { WebAppName: '$(appName)' },
        resultTemplate: '{"Value":"{{{ #extractResource slots}}}","DisplayValue":"{{{ #extractResource slots}}}"}',
      },
    ]));
});

describe('flags', () => {
  const read = (...args: string[]) => {
    const { source, positionals, problems } = readFlags(declaration.settings, args);
    const given = Object.keys(declaration.settings).flatMap((name) => source(name) ?? []);
    return { given, positionals, problems: problems.map(describeProblem) };
  };
  const cases: [string[], string[], string[], string][] = [
    [['--source-slot', 'blue'], ['blue'], [], 'a value after a flag'],
    [['--source-slot=blue'], ['blue'], [], 'a value in a flag'],
    [['--preserve-vnet'], ['true'], [], 'a switch'],
    [['--no-preserve-vnet'], ['false'], [], 'a switch turned off'],
    [['--preserve-vnet=false'], ['false'], [], 'a switch with a value'],
    [['--services', 'a', '--services', 'b,c'], ['a\nb,c'], [], 'a list in several flags'],
    [
      ['--stale', 'fail', '--stale', 'clear'],
      ['fail'],
      ["--stale: 'clear' was already given as 'fail'"],
      'a repetition',
    ],
    [
      ['--swap-deadlin', '5m'],
      [],
      ["--swap-deadlin is not a flag of this command; did you mean '--swap-deadline'?"],
      'a typo',
    ],
    [['--colour'], [], ['--colour is not a flag of this command'], 'an unknown flag'],
    [['--stale'], [], ['--stale needs a value after it'], 'a flag without its value'],
    [['--stale', '--preserve-vnet'], [], ['--stale needs a value after it'], 'a flag in place of a value'],
    [['--__proto__', 'x'], [], ['--__proto__ is not a flag of this command'], 'a dangerous name'],
  ];
  for (const [args, given, problems, reason] of cases)
    it(`read ${reason}`, () => {
      const result = read(...args);
      assert.deepEqual([result.given, result.problems], [given, problems]);
    });
  it('leave the rest as positionals', () =>
    assert.deepEqual(read('one.yml', '--stale', 'fail', '--', '--two').positionals, ['one.yml', '--two']));
});

describe('the docs table', () => {
  it('has a row for each setting', () => {
    const lines = docsTable(declaration).trimEnd().split('\n');
    assert.equal(lines.length, 2 + Object.keys(declaration.settings).length);
    assert.equal(lines[4], '| `stale` | `--stale` | a \\| b | `fail`, `clear` | `fail` |');
    assert.equal(
      lines[2],
      '| `azureSubscription`, `ConnectedServiceName` |  | Used to swap. | service connection | required |',
    );
  });
});
