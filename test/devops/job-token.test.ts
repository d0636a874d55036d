import assert from 'node:assert/strict';
import { jobToken } from '../../src/devops/job-token.ts';

describe('the job token', () => {
  const handler = jobToken('t0ken', 'https://dev.azure.com/contoso/');
  const headersFor = (host: string): Record<string, unknown> => {
    const options = { host, headers: { accept: 'application/json' } };
    handler.prepareRequest(options);
    return options.headers;
  };

  it('is shown to the collection, beside what the request says already', () => {
    assert.deepEqual(headersFor('dev.azure.com'), {
      accept: 'application/json',
      Authorization: 'Bearer t0ken',
      'X-TFS-FedAuthRedirect': 'Suppress',
    });
  });

  it('is not taken along to another host by a redirect', () => {
    for (const host of ['evil.example', 'dev.azure.com.evil.example', 'DEV.azure.com.'])
      assert.equal(headersFor(host)['Authorization'], undefined, host);
  });
});
