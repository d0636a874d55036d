import assert from 'node:assert/strict';
import { shownSecrets } from './build-agent.ts';

/** What `runAsAgent` asks of every run of a task. */
describe('secrets in the log of a task', () => {
  const env = {
    ENDPOINT_AUTH_PARAMETER_contoso_SERVICEPRINCIPALKEY: 'key-of-contoso',
    ENDPOINT_AUTH_PARAMETER_contoso_SERVICEPRINCIPALCERTIFICATE:
      '-----BEGIN X-----\nfirst-line\nsecond-line\n-----END X-----',
    ENDPOINT_AUTH_PARAMETER_contoso_TENANTID: 'a-tenant-is-none',
    AGENT_PROXYPASSWORD: 'p%of the proxy',
  };
  const token = 'eyJ0eXAiOiJKV1Qi.eyJhdWQiOiJhcGk6.c2lnbmF0dXJl';
  const mask = '##vso[task.setsecret]';
  const rows: readonly (readonly [reason: string, log: string, shown: readonly string[], stderr?: string])[] = [
    ['nothing of them', 'all is well', []],
    ['what is none', 'a-tenant-is-none', []],
    ['masked and then shown: the agent hides it', `${mask}key-of-contoso\n##vso[task.debug]key-of-contoso`, []],
    ['shown and then masked', `say key-of-contoso\n${mask}key-of-contoso`, ['say key-of-contoso']],
    ['a part of a command', '##vso[task.debug]x=key-of-contoso', ['##vso[task.debug]x=key-of-contoso']],
    ['one line of a certificate', `${mask}first-line\nsecond-line`, ['second-line']],
    ['percent signs are escaped in commands', `${mask}p%AZP25of the proxy\np%of the proxy`, []],
    ['a token that nobody gave', `bearer ${token}`, [`bearer ${token}`]],
    ['a token that is masked', `${mask}${token}\n${token}`, []],
    ['on stderr, where masks come too late', `${mask}key-of-contoso`, ['key-of-contoso?'], 'key-of-contoso?'],
  ];
  for (const [reason, log, shown, stderr = ''] of rows)
    it(reason, () => assert.deepEqual(shownSecrets(env, log, stderr), shown));
});
