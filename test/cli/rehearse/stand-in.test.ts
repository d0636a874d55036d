import assert from 'node:assert/strict';
import { answersOf } from '../../../src/cli/rehearse/stand-in.ts';
import type { HealthCheck } from '../../../src/rollout/way/policy.ts';
import { HEALTH } from '../../rollout/rig.ts';

describe('a stand-in', () => {
  const cases: [string, Partial<HealthCheck>, Record<string, { status: number; body: string }>][] = [
    [
      'answers with the first status that is accepted, and the version as text',
      { statuses: [204, 200] },
      { '/health': { status: 204, body: 'healthy' }, '/version': { status: 200, body: '2.0.0' } },
    ],
    [
      'has the values that the probe asks for, at any depth',
      { json: { '$.status': 'ok', '$.checks.db': 'up' }, version: undefined },
      { '/health': { status: 200, body: '{"status":"ok","checks":{"db":"up"}}' } },
    ],
    [
      'has a text beside the values',
      { json: { '$.status': 'ok' }, contains: 'ready', version: undefined },
      { '/health': { status: 200, body: '{"contains":"ready","status":"ok"}' } },
    ],
    [
      'tells the version where the health is told',
      { json: { '$.status': 'ok' }, version: { path: '/health', json: '$.build.version' } },
      { '/health': { status: 200, body: '{"status":"ok","build":{"version":"2.0.0"}}' } },
    ],
    [
      'is asked at its own host for what has an address of its own',
      { path: 'https://status.example/payments?deep=1', version: { path: '/v', json: '$.version' } },
      { '/payments': { status: 200, body: 'healthy' }, '/v': { status: 200, body: '{"version":"2.0.0"}' } },
    ],
  ];
  for (const [title, change, expected] of cases)
    it(title, () => assert.deepEqual(answersOf('payments', { ...HEALTH, ...change }, '2.0.0'), expected));

  it('is refused for a probe that no answer can satisfy', () => {
    const impossible = { ...HEALTH, contains: 'ready', version: { path: '/health', json: undefined } };
    assert.throws(() => answersOf('payments', impossible, '2.0.0'), /No stand-in can answer the probe of payments/);
  });
});
