import assert from 'node:assert/strict';
import { AZURE_DEVOPS_HOSTS } from '../../src/gate/host-pattern.ts';
import { readCallbackHeaders } from '../../src/gate/place.ts';

const NOW = Date.UTC(2026, 0, 5);
const ID = '0ef135cb-8cdd-4557-a536-e6f20b82b4b9';
const jwt = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
const GOOD: Record<string, string> = {
  planurl: 'https://dev.azure.com/contoso/',
  projectid: ID,
  hubname: 'checks',
  planid: ID.toUpperCase(),
  jobid: ID,
  timelineid: ID,
  taskinstanceid: ID,
  authtoken: jwt({ exp: NOW / 1000 + 3600 }),
};
const read = (change: Record<string, string | undefined>) =>
  readCallbackHeaders({ ...GOOD, ...change }, AZURE_DEVOPS_HOSTS, NOW);

describe('the headers of a callback', () => {
  it('tell the task that waits, and how long its token lives', () => {
    const read = readCallbackHeaders(GOOD, AZURE_DEVOPS_HOSTS, NOW);
    assert.ok('place' in read);
    assert.deepEqual(read.place, {
      planUrl: 'https://dev.azure.com/contoso/',
      projectId: ID,
      hub: 'checks',
      planId: ID,
      timelineId: ID,
      jobId: ID,
      taskId: ID,
    });
    assert.equal(read.tokenEndsAt, NOW + 3_600_000);
  });

  it('end the address of the collection with one slash', () => {
    for (const planurl of ['https://dev.azure.com/contoso', 'https://dev.azure.com/contoso//']) {
      const found = read({ planurl });
      assert.ok('place' in found && found.place.planUrl === 'https://dev.azure.com/contoso/');
    }
  });

  const wrong: [string, Record<string, string | undefined>, string, RegExp][] = [
    ['a task without an id', { taskinstanceid: undefined }, 'malformed', /TaskInstanceId/],
    ['a path in place of an id', { planid: '../../x' }, 'malformed', /PlanId/],
    ['a variable that was not replaced', { jobid: '$(system.JobId)' }, 'malformed', /JobId/],
    ['a hub with a path', { hubname: 'checks/../x' }, 'malformed', /HubName/],
    ['no address', { planurl: 'contoso' }, 'malformed', /PlanUrl/],
    ['an address without TLS', { planurl: 'http://dev.azure.com/contoso/' }, 'malformed', /PlanUrl/],
    ['an address with a user', { planurl: 'https://dev.azure.com@evil.example/' }, 'malformed', /PlanUrl/],
    ['an address with a query', { planurl: 'https://dev.azure.com/c?x=' }, 'malformed', /PlanUrl/],
    [
      'an address that came twice',
      { planurl: 'https://dev.azure.com/contoso/, https://evil.example/' },
      'malformed',
      /PlanUrl/,
    ],
    ['another host', { planurl: 'https://evil.example/contoso/' }, 'host', /evil\.example.*--callback-hosts/],
    ['no token', { authtoken: '' }, 'malformed', /AuthToken/],
    ['a token that was not replaced', { authtoken: '$(system.AccessToken)' }, 'malformed', /AuthToken/],
    ['a token of two lines', { authtoken: 'a b' }, 'malformed', /AuthToken/],
    ['a token that has ended', { authtoken: jwt({ exp: NOW / 1000 - 1 }) }, 'stale', /ended at 2026-01-04T23:59:59/],
  ];
  for (const [what, change, kind, problem] of wrong)
    it(`refuse ${what}`, () => {
      const found = read(change);
      assert.ok('problem' in found, what);
      assert.equal(found.kind, kind);
      assert.match(found.problem, problem);
      assert.ok(!found.problem.includes(GOOD['authtoken']!));
    });

  it('take a token that tells no end', () => {
    for (const authtoken of ['opaque', 'e30.bm8ganNvbg.x', jwt({ exp: 'soon' })]) {
      const found = read({ authtoken });
      assert.ok('place' in found && found.tokenEndsAt === undefined, authtoken);
    }
  });
});
