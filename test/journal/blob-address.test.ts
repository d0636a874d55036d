import assert from 'node:assert/strict';
import { parseBlobAddress } from '../../src/journal/blob-address.ts';

describe('the address of a journal in Blob Storage', () => {
  const AZURE = 'https://contoso.blob.core.windows.net';
  const good: [string, string, string][] = [
    [`${AZURE}/releases`, `${AZURE}/releases`, ''],
    [`${AZURE}/releases/`, `${AZURE}/releases`, ''],
    [`${AZURE}/re-1/a/b.c_d`, `${AZURE}/re-1`, 'a/b.c_d/'],
    ['HTTPS://Contoso.Blob.core.windows.net/releases', `${AZURE}/releases`, ''],
    ['https://c.z01.blob.storage.azure.net/abc', 'https://c.z01.blob.storage.azure.net/abc', ''],
    ['https://c.blob.core.usgovcloudapi.net/abc', 'https://c.blob.core.usgovcloudapi.net/abc', ''],
    ['https://c.blob.core.chinacloudapi.cn/abc', 'https://c.blob.core.chinacloudapi.cn/abc', ''],
    ['https://127.0.0.1:10000/devstoreaccount1/abc/d', 'https://127.0.0.1:10000/devstoreaccount1/abc', 'd/'],
    ['https://localhost:10000/devstoreaccount1/abc', 'https://localhost:10000/devstoreaccount1/abc', ''],
  ];
  for (const [text, container, folder] of good)
    it(`takes ${text}`, () => assert.deepEqual(parseBlobAddress(text), { container, folder }));

  const bad: [string, RegExp, string][] = [
    ['http://contoso.blob.core.windows.net/releases', /https/, 'a token in the clear'],
    [`${AZURE}/releases?sv=2021&sig=x`, /SAS/, 'a secret in a setting'],
    [`${AZURE}/releases#x`, /address alone/, 'a fragment'],
    ['https://user@contoso.blob.core.windows.net/releases', /address alone/, 'a user'],
    ['https://contoso.example/releases', /must lie in Azure Blob Storage/, 'a host that would get our token'],
    ['https://blob.core.windows.net.evil.example/releases', /must lie in/, 'a host that looks like one'],
    ['https://evilblob.core.windows.net/releases', /must lie in/, 'a domain beside it'],
    [`${AZURE}:8443/releases`, /must lie in/, 'a port'],
    [AZURE, /name a container/, 'no container'],
    [`${AZURE}/ab`, /3 to 63/, 'a short container'],
    [`${AZURE}/${'a'.repeat(64)}`, /3 to 63/, 'a long container'],
    [`${AZURE}/Releases`, /lower-case/, 'capitals'],
    [`${AZURE}/a--b`, /single hyphens/, 'two hyphens'],
    [`${AZURE}/$root`, /name a container/, "the account's own container"],
    [`${AZURE}//releases`, /name a container/, 'an empty segment'],
    ['https://127.0.0.1/account', /name a container/, 'an emulator without a container'],
    [`${AZURE}/releases/../other`, /folders of letters/, 'a way out'],
    [`${AZURE}/releases/a//b`, /folders of letters/, 'an empty folder'],
    [`${AZURE}/releases/a%2Fb`, /folders of letters/, 'a quoted slash'],
    [`${AZURE}/releases/${'a/'.repeat(150)}`, /folders of letters/, 'more folders than a name may hold'],
    ['https://', /must be an address such as/, 'nothing behind the scheme'],
  ];
  for (const [text, rule, reason] of bad)
    it(`refuses ${reason}`, () => {
      const found = parseBlobAddress(text);
      assert.ok(typeof found === 'string', JSON.stringify(found));
      assert.match(found, rule);
    });
});
