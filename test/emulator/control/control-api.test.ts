import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { FAULT_KINDS } from '../../../src/emulator/faults/fault-kinds.ts';
import { startEmulator, type Emulator } from '../../../src/emulator/start.ts';
import { ask } from '../client.ts';

interface Index {
  readonly endpoints: readonly { method: string; url: string; does: string; example?: unknown }[];
  readonly faults: readonly { kind: string; meaning: string; example: Record<string, unknown> }[];
  readonly match: { readonly events: Readonly<Record<string, string>> };
}

describe('emulator: the index of its controls', () => {
  const kinds = Object.keys(FAULT_KINDS);
  const page = readFileSync('docs/emulator.md', 'utf8');
  let emulator: Emulator;
  let index: Index;
  before(async () => {
    emulator = await startEmulator({ sites: [{ name: 'payments', resourceGroup: 'rg' }] });
    index = (await ask(emulator, `${emulator.armUrl}/_emulator`)).json as Index;
  });
  after(() => emulator.close());

  it('lists what can be asked, and each is answered', async () => {
    assert.ok(index.endpoints.length >= 9);
    for (const { method, url, does, example } of index.endpoints) {
      const here = url.replace(':id', 'lost').replace(':site', 'payments');
      const { status } = await ask(emulator, here, example === undefined ? { method } : { method, body: example });
      assert.ok(status < 300 || (status === 404 && method === 'DELETE'), `${method} ${here}: ${status}`);
      assert.match(does, /\.$/);
    }
  });

  it('lists every kind of fault, with an example that is accepted and kept', async () => {
    assert.ok(kinds.length >= 15);
    assert.deepEqual(index.faults.map(({ kind }) => kind).toSorted(), kinds.toSorted());
    for (const { kind, meaning, example } of index.faults) {
      assert.match(meaning, /^\S.*\.$/);
      const { status, json } = await ask(emulator, `${emulator.armUrl}/_emulator/faults`, {
        method: 'POST',
        body: { id: 'asked', ...example },
      });
      assert.deepEqual([status, json.id], [201, 'asked'], kind);
      const { match, effect } = emulator.faults().find(({ id }) => id === 'asked')!;
      assert.deepEqual({ effect, ...(match === undefined ? {} : { match }) }, example);
      assert.equal(effect.kind, kind);
    }
    emulator.clearFaults();
  });

  it('is what docs/emulator.md says', () => {
    for (const { kind, meaning, example } of index.faults) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${kind}\``));
      assert.ok(row !== undefined, `docs/emulator.md has no row for ${kind}`);
      const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
      assert.deepEqual(cells.slice(2, 4), [meaning, `\`${JSON.stringify(example)}\``]);
    }
    for (const { method, url } of index.endpoints) {
      const operation = `${method} ${new URL(url).pathname}`;
      assert.ok(page.includes(`\`${operation}\``), `docs/emulator.md does not name ${operation}`);
    }
    for (const event of Object.keys(index.match.events)) assert.ok(page.includes(`\`${event}\``), event);
  });
});
