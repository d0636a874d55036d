import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readList } from '../../src/devops/read-list.ts';

/** The bytes of a text, in pieces of a size. */
async function* pieces(text: string, size: number): AsyncIterable<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

const itemsOf = async (text: string, size = 7): Promise<unknown[]> => {
  const items = await readList(pieces(text, size), (item) => item);
  return items.map(({ value }) => value);
};

describe('readList', () => {
  const thing = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }), { maxKeys: 4 });

  it('reads every list as JSON says it, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(thing), fc.integer({ min: 1, max: 40 }), fc.boolean(), async (value, size, isLast) => {
        const whole = isLast ? { count: value.length, value } : { value, 'a "[{\\': 'ünï}]' };
        for (const text of [JSON.stringify(whole), JSON.stringify(whole, null, 2)])
          assert.deepEqual(await itemsOf(text, size), (JSON.parse(text) as { value: unknown }).value);
      }),
    );
  });

  it('reads again only what is not at its place, and as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(thing),
        fc.array(thing),
        fc.nat(5),
        fc.integer({ min: 1, max: 40 }),
        async (a, b, kept, size) => {
          const first = await readList(pieces(JSON.stringify({ value: a }), size), (item) => ({ item }));
          const value = [...a.slice(0, kept), ...b];
          let read = 0;
          const take = (item: unknown) => ({ item, times: (read += 1) });
          const second = await readList(pieces(JSON.stringify({ count: 0, value }), size), take, first as never);
          assert.deepEqual(
            second.map(({ value: { item } }) => item),
            JSON.parse(JSON.stringify(value)),
          );
          const same = value.filter((one, at) => JSON.stringify(one) === JSON.stringify(a[at])).length;
          assert.equal(read, value.length - same);
        },
      ),
    );
  });

  it('takes no list that was cut for a whole one', async () => {
    const text = JSON.stringify({ count: 2, value: [{ name: 'a "b' }, { name: 'c' }] });
    for (let end = 0; end < text.length; end += 1)
      await assert.rejects(itemsOf(text.slice(0, end)), text.slice(0, end));
  });

  const NONE = [
    '<html>[{}]</html>',
    '[{}]',
    '{}',
    '{"value":null}',
    '{"value":[0]}',
    '{"other":[{}]}',
    '{"value":[{]}',
    'null',
  ];
  for (const text of NONE) it(`refuses ${text}`, () => assert.rejects(itemsOf(text)));
});
