import assert from 'node:assert/strict';
import { signInMatrix } from './sign-in-matrix.ts';
import { openSignInRig, SCHEMES, type SignInRig } from './sign-in-rig.ts';

/** Each scheme, cloud and way once at least, where two go together that others do not; all of it in every deep run. */
describe('ways to sign in, to clouds, by ways', () =>
  signInMatrix([
    ['workload identity', 'public', 'proxy and private authority'],
    ['secret', 'sovereign', 'proxy'],
    ['certificate', 'public', 'direct'],
    ['managed identity', 'sovereign', 'proxy and private authority'],
  ]));

describe('a proxy that wants to know who asks', function () {
  this.timeout(30_000);
  let rig: SignInRig;
  before(async () => (rig = await openSignInRig()));
  beforeEach(() => void rig.asked());
  after(() => rig.close());

  for (const scheme of SCHEMES)
    for (const [login, cause] of [
      ['none', 'It was given no user and password'],
      ['wrong', 'It does not take the user and password that it was given'],
    ] as const)
      it(`is named, with a ${login === 'none' ? 'missing' : 'wrong'} password: ${scheme}`, async () => {
        const end = await rig.swap(scheme, 'public', 'proxy', { login });
        assert.equal(end.result, 'Failed');
        assert.match(end.message, /the proxy 127\.0\.0\.1:\d+ wants to know who asks, and answered 407 to /);
        assert.ok(end.message.includes(cause), end.message);
        assert.match(end.message, /--proxyusername and --proxypassword/);
        assert.doesNotMatch(end.message, /did not accept the credentials|Authorize the pipeline|gave no answer/);
        assert.doesNotMatch(end.message, /another pass word/);
        const { tunnels } = rig.asked();
        // Whoever is asked first: Azure DevOps for what Entra wants, the sign-in host, or Azure itself.
        assert.equal(tunnels.length, 1, tunnels.join());
      });
});
