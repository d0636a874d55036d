import assert from 'node:assert/strict';
import type { HttpAnswer, HttpRequest } from '../../src/probe/http.ts';
import { parseJsonPath, readJsonPath } from '../../src/probe/json-path.ts';
import {
  judgeHealth,
  judgeVersion,
  printStatuses,
  sameVersion,
  takeSample,
  type ProbeTarget,
  type VersionProbe,
} from '../../src/probe/sample.ts';

function answer(status: number, body = '', headers: Record<string, string[]> = {}): HttpAnswer {
  return { kind: 'answer', status, headers, body };
}
const EXPECTED = { statuses: [200], json: {}, contains: undefined, instanceHeader: undefined };

describe('judgeHealth', () => {
  const json = { '$.status': 'up', '$.checks[0].ok': 'true' };
  const cases: [string, HttpAnswer, Partial<Pick<ProbeTarget, 'statuses' | 'json' | 'contains'>>, string, RegExp][] = [
    ['the expected status', answer(200), {}, 'good', /^status 200$/],
    ['another status', answer(503), {}, 'bad', /^status 503, expected 200$/],
    [
      'a redirect to a sign-in page',
      answer(302),
      {},
      'bad',
      /302, expected 200 \(a redirect.*, which is not followed: usually a sign-in/,
    ],
    ['a redirect that is expected', answer(302), { statuses: [302] }, 'good', /302/],
    ['no server', { kind: 'unreachable', reason: 'ENOTFOUND' }, {}, 'unmade', /ENOTFOUND/],
    ['a server that says nothing', { kind: 'silent', reason: 'no answer' }, {}, 'bad', /no answer/],
    ['the text', answer(200, 'all good'), { contains: 'good' }, 'good', /200/],
    ['no such text', answer(200, 'all bad'), { contains: 'good' }, 'bad', /does not contain 'good'/],
    ['the values', answer(200, '{"status":"up","checks":[{"ok":true}]}'), { json }, 'good', /200/],
    ['one wrong value', answer(200, '{"status":"up","checks":[{"ok":false}]}'), { json }, 'bad', /ok is false, exp/],
    ['an absent value', answer(200, '{"status":"up","checks":[]}'), { json }, 'bad', /is absent, expected true/],
    ['no JSON where it is asked for', answer(200, '<html>'), { json }, 'bad', /not JSON/],
    ['JSON that is null', answer(200, 'null'), { json }, 'bad', /\$\.status is absent/],
    ['right values under a wrong status', answer(500, '{"status":"up"}'), { json }, 'bad', /500/],
  ];
  for (const [name, given, change, kind, reason] of cases)
    it(`${name} is ${kind}`, () => {
      const sample = judgeHealth(given, { ...EXPECTED, ...change });
      assert.equal(sample.kind, kind);
      assert.match(sample.reason, reason);
    });

  it('names an instance only when the response proves it', () => {
    const cookies = { 'set-cookie': ['a=b', 'ARRAffinity=abc123;Path=/;HttpOnly', 'ARRAffinitySameSite=abc123'] };
    assert.equal(judgeHealth(answer(200, '', cookies), EXPECTED).instance, 'abc123');
    assert.equal(judgeHealth(answer(503, '', cookies), EXPECTED).instance, 'abc123');
    assert.equal(
      judgeHealth(answer(200, '', { 'set-cookie': ['ARRAffinitySameSite=x'] }), EXPECTED).instance,
      undefined,
    );
  });
});

describe('judgeVersion', () => {
  const probe = { url: 'https://app/version', json: '$.version', expected: '2.4.1' };
  const cases: [string, HttpAnswer, Partial<VersionProbe>, string, string | undefined][] = [
    ['the expected one', answer(200, '{"version":"2.4.1"}'), {}, 'good', '2.4.1'],
    ['the same with a v', answer(200, '{"version":"v2.4.1"}'), {}, 'good', 'v2.4.1'],
    ['another one', answer(200, '{"version":"2.4.0"}'), {}, 'bad', '2.4.0'],
    ['a number', answer(200, '{"version":7}'), { expected: '7' }, 'good', '7'],
    ['an object', answer(200, '{"version":{}}'), {}, 'bad', undefined],
    ['none at the path', answer(200, '{}'), {}, 'bad', undefined],
    ['no JSON', answer(200, '2.4.1'), {}, 'bad', undefined],
    ['the whole body', answer(200, ' 2.4.1\n'), { json: undefined }, 'good', '2.4.1'],
    ['an empty body', answer(200, ' \n'), { json: undefined }, 'bad', undefined],
    ['a bad status, whatever the body says', answer(404, '{"version":"2.4.1"}'), {}, 'bad', undefined],
    ['no server', { kind: 'unreachable', reason: 'x' }, {}, 'unmade', undefined],
  ];
  for (const [name, given, change, kind, version] of cases)
    it(`${name} is ${kind}`, () => {
      const sample = judgeVersion(given, { ...probe, ...change });
      assert.deepEqual([sample.kind, sample.version], [kind, version]);
    });

  it('takes any version where none is expected, and says which', () => {
    const sample = judgeVersion(answer(200, '{"version":"9"}'), { ...probe, expected: undefined });
    assert.deepEqual([sample.kind, sample.version], ['good', '9']);
  });

  it('reads a leading v before a digit only', () => {
    assert.ok(sameVersion('v1.0', '1.0'));
    assert.ok(!sameVersion('victor', 'ictor'));
  });
});

describe('takeSample', () => {
  const target: ProbeTarget = {
    ...EXPECTED,
    url: 'https://app/health',
    headers: { cookie: 'x-ms-routing-name=self' },
    timeoutMs: 1000,
    version: { url: 'https://app/version', json: undefined, expected: '2' },
  };
  const ask = async (answers: Record<string, HttpAnswer>) => {
    const asked: HttpRequest[] = [];
    const http = {
      get: (request: HttpRequest) => {
        asked.push(request);
        return Promise.resolve(answers[request.url]!);
      },
    };
    return { sample: await takeSample(target, http), asked };
  };

  it('asks for the version of what is healthy, pinned as well, and keeps the instance', async () => {
    const { sample, asked } = await ask({
      'https://app/health': answer(200, '', { 'set-cookie': ['ARRAffinity=one'] }),
      'https://app/version': answer(200, '2'),
    });
    assert.deepEqual([sample.kind, sample.version, sample.instance], ['good', '2', 'one']);
    assert.deepEqual(
      asked.map(({ headers }) => headers['cookie']),
      ['x-ms-routing-name=self', 'x-ms-routing-name=self'],
    );
  });

  it('does not ask what is unhealthy for its version', async () => {
    const { sample, asked } = await ask({ 'https://app/health': answer(500) });
    assert.equal(sample.kind, 'bad');
    assert.equal(asked.length, 1);
  });

  it('calls a healthy release of another version bad: a slot that still serves the old one has not passed', async () => {
    const { sample } = await ask({ 'https://app/health': answer(200), 'https://app/version': answer(200, '1') });
    assert.equal(sample.kind, 'bad');
    assert.equal(sample.reason, 'reports version 1, expected 2');
  });
});

describe('json path', () => {
  const document = { status: 'up', checks: [{ name: 'db' }], 'a.b': 1, nothing: null };
  const cases: [string, unknown][] = [
    ['$', document],
    ['$.status', 'up'],
    ['$.checks[0].name', 'db'],
    ["$['a.b']", 1],
    ['$.nothing', null],
    ['$.checks[1].name', undefined],
    ['$.nothing.more', undefined],
    ['$.status.length', undefined],
    ['$.__proto__', undefined],
    ['$.constructor', undefined],
    ['status', undefined],
    ['$.', undefined],
    ['$.checks[x]', undefined],
    ['$.status trailing', undefined],
  ];
  for (const [path, expected] of cases)
    it(`${path} leads to ${expected === document ? 'the whole document' : JSON.stringify(expected)}`, () => {
      assert.deepEqual(readJsonPath(document, path), expected);
    });

  it('tells a path from what is none', () => {
    assert.deepEqual(parseJsonPath("$.a[0]['b c']"), ['a', '0', 'b c']);
    for (const text of ['', 'a', '$.', '$..a', '$[', "$['a]"]) assert.equal(parseJsonPath(text), undefined, text);
  });
});

describe('printStatuses', () => {
  const cases: [number[], string][] = [
    [[200], '200'],
    [[204, 200], '200, 204'],
    [[302, 300, 301, 200, 200], '200, 300-302'],
    [Array.from({ length: 100 }, (_, index) => 200 + index), '200-299'],
    [[], ''],
  ];
  for (const [statuses, expected] of cases)
    it(`prints ${expected || 'nothing'}`, () => assert.equal(printStatuses(statuses), expected));
});
