import assert from 'node:assert/strict';
import { expandPipeline, type Expanded } from '../../../src/pipeline/expand/expand-pipeline.ts';
import { templateRepositories } from '../../fakes/template-repositories.ts';
import { cpuTime } from '../../cpu-time.ts';

const TAKES = 'parameters: [{ name: p, type: object, default: [x] }]\n';

/** A pipeline that includes `/t1.yml`, which includes `/t2.yml`, and so on; `step` makes each from the next one's name. */
function chain(length: number, step: (next: string) => string, takes = TAKES): Expanded {
  const files: Record<string, string> = { [`/t${length}.yml`]: `${takes}steps:\n- script: end\n` };
  for (let at = 1; at < length; at++) files[`/t${at}.yml`] = takes + step(`t${at + 1}.yml`);
  return expandPipeline('steps:\n- template: t1.yml\n', 'p.yml', { templates: templateRepositories(files) });
}

function messages({ findings }: Expanded): string[] {
  return findings.map(({ message }) => message);
}

const plain = (next: string): string => `steps:\n- template: ${next}\n`;
const passing =
  (argument: string) =>
  (next: string): string =>
    `steps:\n- template: ${next}\n  parameters: { p: ${argument} }\n`;
const DOUBLE = '"${{ parameters.p }}${{ parameters.p }}"';
const P = '"${{ parameters.p }}"';

describe('limits of expansion', () => {
  it('follows a hundred levels of templates, and no more [documented]', () => {
    const hundred = chain(100, plain);
    assert.deepEqual(messages(hundred), []);
    assert.deepEqual(hundred.unresolved, []);
    // The same few files, so that levels are counted and not files.
    const counted = (levels: number): Expanded => {
      const more = `\${{ if lt(length(parameters.p), ${levels}) }}`;
      const t = `parameters: [{ name: p }]\nsteps:\n- ${more}:\n  - template: t.yml\n    parameters: { p: "\${{ parameters.p }}x" }\n- script: x\n`;
      const text = 'steps:\n- template: t.yml\n  parameters: { p: x }\n';
      return expandPipeline(text, 'p', { templates: templateRepositories({ '/t.yml': t }) });
    };
    assert.deepEqual(messages(counted(100)), []);
    assert.deepEqual(messages(counted(101)), ['Maximum object depth exceeded']);
  });

  it('ends a circle with the sentence of the service, at the file that comes again [measured]', () => {
    for (const files of [
      { '/t1.yml': 'steps:\n- template: t1.yml\n' },
      { '/t1.yml': 'steps:\n- template: t2.yml\n', '/t2.yml': 'steps:\n- template: t1.yml\n' },
      { '/t1.yml': 'extends: { template: t1.yml }\n' },
    ]) {
      const start = files['/t1.yml'].startsWith('extends') ? files['/t1.yml'] : 'steps:\n- template: t1.yml\n';
      const expanded = expandPipeline(start, 'p', { templates: templateRepositories(files) });
      assert.deepEqual(messages(expanded), ['Maximum object depth exceeded']);
    }
  });

  it('includes a hundred separate files, and no more [documented]', () => {
    const many = (count: number): Expanded => {
      const names = Array.from({ length: count }, (_, at) => `f${at}.yml`);
      const files = Object.fromEntries(names.map((name) => [`/${name}`, 'steps: [{ script: x }]']));
      const text = `steps:\n${names.map((name) => `- template: ${name}\n- template: ${name}\n`).join('')}`;
      return expandPipeline(text, 'p', { templates: templateRepositories(files) });
    };
    assert.deepEqual(messages(many(100)), []);
    assert.deepEqual(messages(many(101)), ['more than 100 template files are included, directly or indirectly']);
  });

  it('reads 20 MB of text, and no more [documented]', () => {
    const big = `# ${'x'.repeat(11 * 1024 * 1024)}\nsteps: []\n`;
    const files = { '/a.yml': big, '/b.yml': big };
    const one = expandPipeline('steps:\n- template: a.yml\n', 'p', { templates: templateRepositories(files) });
    assert.deepEqual(messages(one), []);
    const both = expandPipeline('steps:\n- template: a.yml\n- template: b.yml\n', 'p', {
      templates: templateRepositories(files),
    });
    assert.deepEqual(messages(both), ['the pipeline and its templates have more than 20 MB of text']);
  });

  const bombs: [string, () => Expanded, RegExp][] = [
    [
      'includes that double',
      () => chain(90, (next) => plain(next) + `- template: ${next}\n`),
      /more than 1000000 parts/,
    ],
    ['lists that double', () => chain(90, passing(`[${P}, ${P}]`)), /more than 1000000 parts or 20 MB/],
    ['mappings that double', () => chain(90, passing(`{ a: ${P}, b: ${P} }`)), /more than 1000000 parts or 20 MB/],
    ['objects that deepen', () => chain(99, passing(`{ a: { a: { a: ${P} } } }`)), /Maximum object depth exceeded/],
    [
      'text that doubles',
      () =>
        chain(
          90,
          (next) => `steps:\n- template: ${next}\n  parameters: { p: ${DOUBLE} }\n`,
          'parameters: [{ name: p, default: x }]\n',
        ),
      /more than 20 MB of text/,
    ],
    [
      'directives within directives',
      () => chain(100, (next) => `steps:\n${nest(30)}${' '.repeat(60)}- template: ${next}\n`),
      /Maximum object depth exceeded/,
    ],
  ];
  for (const [what, make, expected] of bombs)
    it(`ends ${what} in a finding, in bounded time`, () => {
      const started = cpuTime();
      assert.match(messages(make()).join('\n'), expected);
      assert.ok(cpuTime() - started < 10_000);
    });

  it('bounds what all expressions cost together', () => {
    const list = `[${Array.from({ length: 300 }, () => 'x').join(', ')}]`;
    const text = `parameters:
- { name: p, type: object, default: ${list} }
- { name: big, default: ${'a'.repeat(20_000)} }
steps:
- \${{ each a in parameters.p }}:
  - \${{ each b in parameters.p }}:
    - \${{ if contains(parameters.big, 'aab') }}:
      - script: x
`;
    const started = cpuTime();
    const { unresolved } = expandPipeline(text, 'p');
    assert.match(unresolved[0]?.what ?? '', /takes more than this check spends on expressions/);
    assert.ok(cpuTime() - started < 15_000);
  });
});

function nest(levels: number): string {
  return Array.from({ length: levels }, (_, at) => `${'  '.repeat(at)}- \${{ if true }}:\n`).join('');
}
