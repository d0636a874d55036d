import assert from 'node:assert/strict';
import { parseBlobPage } from '../../../src/azure/blob/blob-list.ts';
import { quoted, unquoted } from '../../../src/azure/blob/blob-name.ts';
import { cpuTime } from '../../cpu-time.ts';

const page = (blobs: string, end = '<NextMarker />'): string =>
  `\uFEFF<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="https://c.blob.core.windows.net/" ContainerName="releases"><Prefix>runs/</Prefix><Blobs>${blobs}</Blobs>${end}</EnumerationResults>`;
const blob = (name: string, more = ''): string =>
  `<Blob>${name}<Properties><Creation-Time>Mon, 05 Jan 2026 03:00:01 GMT</Creation-Time><Last-Modified>Mon, 05 Jan 2026 04:00:00 GMT</Last-Modified><Etag>0x8DE4C1</Etag><Content-Length>17</Content-Length><LeaseState>available</LeaseState></Properties>${more}</Blob>`;

describe('parseBlobPage', () => {
  it('reads what the service tells of a blob', () => {
    const found = parseBlobPage(
      page(blob('<Name>runs/7/a.json</Name>', '<Metadata><Place>12</Place><x>&lt;1&gt;</x></Metadata>')),
    );
    assert.deepEqual(found, {
      blobs: [
        {
          name: 'runs/7/a.json',
          etag: '"0x8DE4C1"',
          bytes: 17,
          createdAt: Date.UTC(2026, 0, 5, 3, 0, 1),
          metadata: { place: '12', x: '<1>' },
        },
      ],
      next: undefined,
    });
  });

  const names: [string, string][] = [
    ['<Name>a &amp; b &lt;c&gt; &quot;&apos;</Name>', `a & b <c> "'`],
    ['<Name>&#x1F680;&#233;&#xFFFFFF;&amp;lt;</Name>', '\u{1F680}é&#xFFFFFF;&lt;'],
    ['<Name Encoded="true">a%EF%BF%BEb</Name>', 'a\uFFFEb'],
    ['<Name Encoded="true">a%ZZ</Name>', 'a%ZZ'],
    ['<Name>a%20b</Name>', 'a%20b'],
  ];
  for (const [xml, name] of names)
    it(`reads ${xml}`, () => assert.equal(parseBlobPage(page(blob(xml)))?.blobs[0]?.name, name));

  it('says where it goes on', () => {
    assert.equal(parseBlobPage(page('', '<NextMarker>2!76!x&amp;y</NextMarker>'))?.next, '2!76!x&y');
    assert.equal(parseBlobPage(page('', '<NextMarker></NextMarker>'))?.next, undefined);
  });

  it('keeps the order, and what stands beside the blobs out', () => {
    const found = parseBlobPage(
      page(`<BlobPrefix><Name>runs/</Name></BlobPrefix>${blob('<Name>b</Name>')}${blob('<Name>a</Name>')}`),
    );
    assert.deepEqual(
      found?.blobs.map(({ name }) => name),
      ['b', 'a'],
    );
  });

  for (const text of ['', '<html></html>', page('').slice(0, -3), `<Error>${page('')}</Error>`, `${page('')}<x/>`])
    it(`takes ${JSON.stringify(text.slice(-30))} for no list`, () => assert.equal(parseBlobPage(text), undefined));

  it('reads a page of five thousand in no time', () => {
    const start = cpuTime();
    assert.equal(parseBlobPage(page(blob('<Name>a</Name>').repeat(5000)))?.blobs.length, 5000);
    parseBlobPage(page('<Blob>'.repeat(50_000)));
    assert.ok(cpuTime() - start < 2000);
  });
});

describe('names as segments of a path', () => {
  const pairs: [string, string][] = [
    ['4711', '4711'],
    ['release-2.4_b', 'release-2.4_b'],
    ['..', '=2E=2E'],
    ['.a.', '=2Ea=2E'],
    ['a/b', 'a=2Fb'],
    ['a=2Fb', 'a=3D2Fb'],
    ['ü€\u{1F680}', '=C3=BC=E2=82=AC=F0=9F=9A=80'],
  ];
  for (const [name, segment] of pairs)
    it(`${JSON.stringify(name)} is ${segment}, and back`, () => {
      assert.equal(quoted(name), segment);
      assert.equal(unquoted(segment), name);
    });
  for (const segment of ['', '=2f', 'a b', '=61', '..', '=FF'])
    it(`${JSON.stringify(segment)} is nobody's`, () => assert.equal(unquoted(segment), undefined));
});
