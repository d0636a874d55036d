import assert from 'node:assert/strict';
import { chooseSlot } from '../../../src/emulator/front-end/routing.ts';

describe('emulator: the traffic split', () => {
  const hosts = new Map([
    ['localhost:1', 'production'],
    ['localhost:2', 'staging'],
    ['localhost:3', 'blue'],
  ]);
  const staging = (percentage: number, host = 'localhost:2') => ({
    name: 'staging',
    actionHostName: host,
    reroutePercentage: percentage,
  });
  const blue = { name: 'blue', actionHostName: 'localhost:3', reroutePercentage: 30 };
  const choose = (rules: Parameters<typeof chooseSlot>[0]['rules'], draw: number, cookies = '', query = '') => {
    const { slot, cookie } = chooseSlot({
      cookies,
      query: new URLSearchParams(query),
      rules,
      hosts,
      random: () => draw,
    });
    return [slot, cookie];
  };

  const cases: [reason: string, got: () => unknown[], expected: unknown[]][] = [
    ['without rules everything goes to production, unpinned', () => choose([], 0), ['production', undefined]],
    ['below the percentage: the slot, and pinned to it', () => choose([staging(10)], 0.0999), ['staging', 'staging']],
    ['at the percentage: production, and pinned to that', () => choose([staging(10)], 0.1), ['production', 'self']],
    ['0 % is nobody by chance', () => choose([staging(0)], 0), ['production', 'self']],
    ['100 % is everybody', () => choose([staging(100)], 0.999999), ['staging', 'staging']],
    ['rules add up', () => choose([staging(10), blue], 0.25), ['blue', 'blue']],
    ['the cookie decides', () => choose([staging(100)], 0, 'a=b; x-ms-routing-name=self'), ['production', undefined]],
    ['the cookie holds at 0 %', () => choose([staging(0)], 0.9, 'x-ms-routing-name=staging'), ['staging', undefined]],
    [
      'the cookie holds when the rules are gone',
      () => choose([], 0.9, 'x-ms-routing-name=Staging'),
      ['staging', undefined],
    ],
    ['a pinned slot may be gone', () => choose([], 0.9, 'x-ms-routing-name=green'), ['green', undefined]],
    [
      'the query beats the cookie',
      () => choose([staging(0)], 0, 'x-ms-routing-name=staging', 'x-ms-routing-name=self'),
      ['production', 'self'],
    ],
    [
      'the query opts in at 0 %',
      () => choose([staging(0)], 0.9, '', 'x-ms-routing-name=staging'),
      ['staging', 'staging'],
    ],
    [
      'the query does not opt in without a rule',
      () => choose([], 0.9, '', 'x-ms-routing-name=staging'),
      ['production', undefined],
    ],
    ['the host name decides, not the name', () => choose([staging(100, 'localhost:3')], 0), ['blue', 'staging']],
    [
      'an unknown host falls back on the name',
      () => choose([staging(100, 'payments-staging.azurewebsites.net')], 0),
      ['staging', 'staging'],
    ],
  ];
  for (const [reason, got, expected] of cases) it(reason, () => assert.deepEqual(got(), expected));
});
