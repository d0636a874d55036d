import assert from 'node:assert/strict';
import { readFlags } from '../../src/settings/flags.ts';
import { assignments, boolean, duration, int, list, oneOf, pairs, path, text } from '../../src/settings/kinds.ts';
import { describeProblem, readSettings } from '../../src/settings/read.ts';
import { declare, optional, withDefault, type Setting } from '../../src/settings/setting.ts';

const about = { label: 'A label', help: 'What it is.' };
const from = (given: Record<string, string>) => (name: string) => given[name];

describe('a setting', () => {
  const slot = text({ ...about, pattern: { matches: /^[a-z]+$/, rule: 'must be lower case' } });
  const oldNames = { synonyms: { 'Swap Slots': 'swap' }, notYet: ['Cancel Swap'] } as const;
  const cases: [Setting<unknown>, string, unknown, string][] = [
    [slot, 'staging', 'staging', 'a text'],
    [slot, 'Staging', 'must be lower case', 'a text against its pattern'],
    [int({ ...about, min: 1, max: 9 }), '9', 9, 'a number'],
    [int({ ...about, min: 1, max: 9 }), '10', 'must be a whole number from 1 to 9', 'a number too large'],
    [int({ ...about, min: 1, max: 9 }), '1.5', 'must be a whole number from 1 to 9', 'a fraction'],
    [int({ ...about, min: 0, max: 9 }), '1e0', 'must be a whole number from 0 to 9', 'a number in another notation'],
    [boolean(about), 'True', true, 'a boolean as the agent writes it'],
    [boolean(about), 'yes', 'must be true or false', 'a word that is no boolean'],
    [duration(about), '5s', 5000, 'a duration'],
    [duration(about), '5', 'must be a duration with its unit, such as 500ms, 5s, 10m or 1h', 'a bare number'],
    [duration({ ...about, minMs: 1000 }), '10ms', 'must be at least 1s', 'a duration too short'],
    [duration({ ...about, maxMs: 1000 }), '1h', 'must be at most 1s', 'a duration too long'],
    [oneOf(['fail', 'clear'], about), 'Clear', 'clear', 'a choice in another letter case'],
    [oneOf(['fail', 'clear'], about), 'drop', 'must be one of fail, clear', 'a choice that is none'],
    [oneOf(['swap'], { ...about, ...oldNames }), 'swap slots', 'swap', 'a synonym'],
    [
      oneOf(['swap'], { ...about, ...oldNames }),
      'Cancel Swap',
      "is not supported yet: it can be only 'swap'",
      'a choice to come',
    ],
    [list(about), 'a, b\n c,,', ['a', 'b', 'c'], 'a list by comma and line'],
    [list(about), 'a,b,a', "names 'a' twice", 'a list with a repetition'],
    [
      list({ ...about, item: { matches: /^\w+$/, rule: 'must be a word' } }),
      'a,b/c',
      "holds 'b/c', which must be a word",
      'a list with a bad item',
    ],
    [pairs(about), 'a=1, b=x=y', { a: '1', b: 'x=y' }, 'pairs'],
    [pairs(about), '__proto__=1', JSON.parse('{"__proto__":"1"}'), 'a pair with a dangerous name'],
    [pairs(about), 'a', "holds 'a', which must be written name=value", 'a pair without a value'],
    [pairs(about), 'a=1,a=2', "names 'a' twice", 'two values for one name'],
    [path(about), 'a\0b', 'must not hold a NUL character', 'a path with NUL'],
  ];
  for (const [setting, given, expected, reason] of cases)
    it(`reads ${reason}`, () => {
      const parsed = setting.parse(given);
      assert.equal(JSON.stringify(parsed.ok ? parsed.value : parsed.rule), JSON.stringify(expected));
    });

  it('refuses a default that its own rule refuses', () =>
    assert.throws(() => withDefault(int({ ...about, min: 1, max: 9 }), '0'), /Default '0' of 'A label' must be/));
});

describe('reading settings', () => {
  const declaration = declare(
    {
      app: text({ ...about, aliases: ['WebAppName'] }),
      slot: withDefault(text(about), 'staging'),
      bake: withDefault(duration(about), '30s'),
      reason: optional(text(about)),
      password: optional(text({ ...about, secret: true, pattern: { matches: /^.{8,}$/, rule: 'is too short' } })),
    },
    { rules: [({ app, slot }) => (app === slot ? { name: 'slot', rule: 'must not be the app' } : undefined)] },
  );
  const lines = (given: Record<string, string>): string[] => {
    const reading = readSettings(declaration, from(given));
    return reading.ok ? [] : reading.problems.map(describeProblem);
  };

  it('gives every value its type, its default or undefined', () =>
    assert.deepEqual(readSettings(declaration, from({ app: ' contoso ' })), {
      ok: true,
      settings: { app: 'contoso', slot: 'staging', bake: 30_000, reason: undefined, password: undefined },
    }));

  it('reads an alias', () => {
    const reading = readSettings(declaration, from({ WebAppName: 'contoso', app: '' }));
    assert.equal(reading.ok && reading.settings.app, 'contoso');
  });

  it('reports all bad inputs together, each with its value and its rule', () =>
    assert.deepEqual(lines({ bake: '5', reason: 'x$(why)y', password: 'short' }), [
      'app is required: What it is.',
      "bake: '5' must be a duration with its unit, such as 500ms, 5s, 10m or 1h",
      "reason: 'x$(why)y' holds $(why): no such variable is defined, so it was not replaced",
      "password: '***' is too short",
    ]));

  it('refuses a name and its alias with different values', () => {
    assert.deepEqual(lines({ app: 'a', WebAppName: 'a' }), []);
    assert.deepEqual(lines({ app: 'a', WebAppName: 'b' }), [
      "app: 'a' contradicts 'b': app and WebAppName mean the same",
    ]);
  });

  it('applies the rules over several settings once each of them can be read', () => {
    assert.deepEqual(lines({ app: 'x', slot: 'x' }), ["slot: 'x' must not be the app"]);
    assert.deepEqual(lines({ app: 'staging' }), ['slot must not be the app']);
  });

  it('shows outside text escaped and cut', () => {
    assert.deepEqual(lines({ app: 'a', bake: '##vso[x]\n1' }), [
      "bake: '##vso[x]\\n1' must be a duration with its unit, such as 500ms, 5s, 10m or 1h",
    ]);
    assert.match(lines({ app: 'a', bake: 'y'.repeat(500) })[0] ?? '', /^bake: 'y{80}\.\.\.' must/);
  });
});

describe('assignments', () => {
  const setting = assignments({ label: 'L', help: 'H' });
  const rows: [string, string, string][] = [
    ['a=1', '{"a":"1"}', 'one'],
    ['a=1\n\n b = x,y \nc=', '{"a":"1","b":"x,y","c":""}', 'one a line, with commas and with nothing'],
    ['o={"k": [1, "x=y"]}', '{"o":"{\\"k\\": [1, \\"x=y\\"]}"}', 'JSON'],
    ['Build.Reason=Manual', '{"Build.Reason":"Manual"}', 'names with points'],
    ['__proto__=x', '{"__proto__":"x"}', 'a name that is none of its own'],
    ['x', "! holds 'x', which must be written name=value", 'no value'],
    ['=x', "! holds '=x', which must be written name=value", 'no name'],
    ['a=1\na=2', "! names 'a' twice", 'a name twice'],
  ];
  for (const [given, expected, reason] of rows)
    it(`reads ${reason}`, () => {
      const parsed = setting.parse(given);
      assert.equal(parsed.ok ? JSON.stringify(parsed.value) : `! ${parsed.rule}`, expected);
    });

  it('is collected from as many flags as are given', () => {
    const { source, problems } = readFlags({ parameter: setting }, ['--parameter', 'a=1,2', '--parameter=b={"c": 1}']);
    assert.deepEqual(problems, []);
    assert.equal(source('parameter'), 'a=1,2\nb={"c": 1}');
  });
});
