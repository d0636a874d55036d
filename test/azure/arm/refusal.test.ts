import assert from 'node:assert/strict';
import { explainRefusal, type Meaning } from '../../../src/azure/arm/refusal.ts';
import { cpuTime } from '../../cpu-time.ts';

const PATH =
  '/subscriptions/s/resourceGroups/rg-shop/providers/Microsoft.Web/sites/app/slots/staging/slotsswap?api-version=2024-11-01';

/** Texts as users have quoted them in public issues, and as Microsoft documents them. */
const TEXTS: [string, number, string | undefined, string, Meaning['nature'], RegExp][] = [
  [
    'another operation, named with its begin',
    409,
    'Conflict',
    'Cannot modify this site because another operation is in progress. Details: Id: 6f1c0a52-d5a6-4a61-a86b-6d9a8ad4a5b3, OperationName: SwapSiteSlots, CreatedTime: 9/20/2019 11:04:18 AM, RequestId: 2b9e, EntityType: 3',
    'neither',
    /^SwapSiteSlots has been changing the app since 9\/20\/2019 11:04:18 AM, .*: wait until it has ended, and run again$/,
  ],
  [
    'another operation, told by an older front end',
    429,
    'Conflict',
    'Cannot modify this site because another operation is in progress.',
    'neither',
    /^Wait until that operation has ended/,
  ],
  [
    'prepared for swap',
    409,
    'Conflict',
    'The slot cannot be changed because its configuration settings have been prepared for swap.',
    'definite',
    /complete it, or take them back with action: cancel \(az webapp deployment slot swap --action reset --name app --resource-group rg-shop --slot staging --target-slot staging\)$/,
  ],
  [
    'a second preview',
    409,
    'Conflict',
    "Cannot apply configuration from slot 'Production' because this slot has already been prepared for swap with slot 'next'.",
    'neither',
    /^A swap with preview with slot 'next' is pending: complete it with action: complete, or take it back/,
  ],
  [
    'preview behind sign-in',
    409,
    'Conflict',
    'Swap with Preview cannot be used when one of the slots has site authentication enabled.',
    'definite',
    /use action: swap/,
  ],
  [
    'no answer to the ping',
    417,
    'ExpectationFailed',
    "Cannot swap site slots for site 'app' because the 'staging' slot did not respond to http ping.",
    'neither',
    /az webapp log tail --name app --resource-group rg-shop --slot staging\).*WEBSITE_SWAP_WARMUP_PING_PATH/,
  ],
  [
    'application initialization',
    400,
    'BadRequest',
    "Cannot swap slots for site 'app' because the application initialization in 'staging' slot either took too long or failed. Please check AppInit module configuration.",
    'neither',
    /^The pages of applicationInitialization in web\.config did not answer in slot 'staging'/,
  ],
  [
    'warm-up timed out',
    400,
    'BadRequest',
    "Cannot swap slots for site 'app' because the warmup requests to application in 'staging' slot have timed out.",
    'neither',
    /^One warm-up request may take 90 seconds in slot 'staging'/,
  ],
  [
    'no worker process',
    400,
    'BadRequest',
    "Cannot swap slots for site 'app' because the worker process for 'staging' slot could not be started.",
    'neither',
    /^The app of slot 'staging' does not start under the settings of the target/,
  ],
  [
    'scaled meanwhile',
    400,
    'BadRequest',
    "Cannot swap slots for site 'app' because the allocation of VM instances for 'staging' slot has changed during the swap process. Please retry the swap operation.",
    'passing',
    /another attempt is worth it/,
  ],
  [
    'a stopped slot',
    409,
    'Conflict',
    "Cannot swap slots for site 'app' because one of the slots is in stopped state.",
    'definite',
    /: az webapp start --name app --resource-group rg-shop --slot staging, /,
  ],
  [
    'throttled by the subscription',
    429,
    'SubscriptionRequestsThrottled',
    'Number of requests exceeded.',
    'neither',
    /^The limit of this subscription and identity is used up/,
  ],
  ['throttled without a word', 429, undefined, '', 'neither', /^The limit of this subscription/],
  [
    'a token that has ended',
    401,
    'ExpiredAuthenticationToken',
    'The access token expiry UTC time is earlier.',
    'neither',
    /the next request brings a new one/,
  ],
  [
    'a token of another tenant',
    401,
    'InvalidAuthenticationTokenTenant',
    'The access token is from the wrong issuer.',
    'definite',
    /another tenant than the subscription/,
  ],
  [
    'no such subscription',
    404,
    'SubscriptionNotFound',
    "The subscription 'x' could not be found.",
    'definite',
    /^Check the subscription of the service connection/,
  ],
  [
    'no such resource group',
    404,
    'ResourceGroupNotFound',
    "Resource group 'rg' could not be found.",
    'definite',
    /^Check the resource group/,
  ],
  [
    'no such slot',
    404,
    'ResourceNotFound',
    "The Resource 'Microsoft.Web/sites/app/slots/nowhere' under resource group 'rg' was not found.",
    'definite',
    /az webapp deployment slot create --name app --resource-group rg-shop --slot nowhere\)/,
  ],
];

describe('what a refusal of Azure means', () => {
  for (const [name, status, code, message, nature, cure] of TEXTS)
    it(name, () => {
      const meaning = explainRefusal(status, code, message, PATH);
      assert.equal(meaning?.nature, nature);
      assert.match(meaning?.cure ?? '', cure);
      assert.doesNotMatch(meaning?.cure ?? '', /undefined|\.$/);
    });

  it('has a cure of its own for each of them', () => {
    const cures = TEXTS.map(([, status, code, message]) => explainRefusal(status, code, message)?.cure);
    // The one exception: a throttled request with and without words.
    assert.equal(new Set(cures).size, TEXTS.length - 1);
  });

  it('names no slot for production, and says what to fill in where a path tells nothing', () => {
    const stopped = (path: string) =>
      explainRefusal(409, undefined, 'one of the slots is in stopped state.', path)?.cure;
    assert.match(stopped(PATH.replace('/slots/staging', '')) ?? '', /start --name app --resource-group rg-shop, and /);
    assert.match(stopped('') ?? '', /start --name APP --resource-group GROUP --slot SLOT, and /);
  });

  it('leaves unknown words alone', () => {
    assert.equal(explainRefusal(400, 'BadRequest', 'Something else went wrong.'), undefined);
    assert.equal(explainRefusal(500, undefined, ''), undefined);
  });

  it('takes no time on a text that was made to take long', () => {
    const begun = cpuTime();
    explainRefusal(400, undefined, `swap with preview cannot be used when ${'authentication '.repeat(20_000)}`);
    explainRefusal(409, undefined, `another operation is in progress${' OperationName: x'.repeat(20_000)}`);
    explainRefusal(
      404,
      'ResourceNotFound',
      `Microsoft.Web/sites/${'a'.repeat(200_000)}`,
      '/resourceGroups/'.repeat(9_000),
    );
    assert.ok(cpuTime() - begun < 500);
  });
});
