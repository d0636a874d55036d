import assert from 'node:assert/strict';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobJournal } from '../../src/azure/blob/blob-journal.ts';
import { timelineJournal } from '../../src/devops/timeline-journal.ts';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import type { JournalStore } from '../../src/journal/entry.ts';
import { fileJournal } from '../../src/journal/file-journal.ts';
import { recorder } from '../../src/journal/recorder.ts';
import { clientOf, sharedAzurite, type Azurite } from '../azure/blob/azurite.ts';
import { startStorageFront, type StorageFront } from '../azure/blob/storage-front.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { MemoryJournal } from '../fakes/memory-journal.ts';
import { deployWide } from '../rollout/wide-system.ts';
import { TARGET } from '../journal/entries.ts';

const STEPS = ['claim intent', 'promote intent', 'promote done', 'claim done', 'verify done'] as const;
/** Of each service: it is read before it, for its claim, under its lock, and after its swap. */
const READS_EACH = 4;

/** What a run of so many services does to its journal, read by another job of the run as well. */
async function run(services: number, open: () => JournalStore): Promise<void> {
  const [pen, other] = ['w', 'o'].map((writer) => recorder(open(), new FakeClock(), 'run', writer));
  for (let service = 1; service <= services; service += 1) {
    for (const step of STEPS) {
      const [action, phase] = step.split(' ') as ['claim', 'intent'];
      if (step !== 'verify done') await pen!.read();
      await pen!.record({
        action,
        phase,
        reason: 'r',
        service: `s${service}`,
        promotion: `p${service}`,
        target: TARGET,
      });
    }
    const { entries, problems } = await other!.read();
    assert.deepEqual([entries.length, problems], [service * STEPS.length, []]);
  }
}

/** Twice as many services take twice as much of everything, and next to nothing beside that. */
function assertGrows(few: Readonly<Record<string, number>>, many: Readonly<Record<string, number>>): void {
  for (const [what, count] of Object.entries(few))
    assert.ok(many[what]! <= 2.2 * count, `${what}: ${count}, and ${many[what]} of twice as many`);
}

describe('what a run asks of its journal grows with its services:', () => {
  const [FEW, MANY] = [5, 10];

  it('a deployment', async () => {
    const deployed = async (services: number) => {
      const { result, asked } = await deployWide({
        clock: new FakeClock(),
        store: new MemoryJournal(),
        services,
        width: 5,
      });
      assert.equal(result.outcome, 'deployed', result.reason);
      return { ...asked };
    };
    const [few, many] = [await deployed(FEW), await deployed(MANY)];
    assertGrows(few, many);
    assert.ok(many.reads <= (READS_EACH + 1) * MANY, `${many.reads} readings`);
  });

  it('a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'safe-rollout-growth-'));
    const handle = await open(import.meta.filename, 'r');
    const handles = Object.getPrototypeOf(handle) as { read: (...args: unknown[]) => Promise<{ bytesRead: number }> };
    await handle.close();
    const { read } = handles;
    let bytes = 0;
    handles.read = async function (...args) {
      const end = await read.apply(this, args);
      bytes += end.bytesRead;
      return end;
    };
    try {
      const bytesOf = async (services: number): Promise<{ bytes: number }> => {
        bytes = 0;
        await run(services, () => fileJournal(join(folder, `${services}.jsonl`)));
        return { bytes };
      };
      assertGrows(await bytesOf(FEW), await bytesOf(MANY));
    } finally {
      handles.read = read;
      await rm(folder, { recursive: true });
    }
  });

  describe('attachments of the timeline,', () => {
    let emulator: Emulator;
    before(async () => void (emulator = await startEmulator()));
    after(() => emulator.close());

    it('whose entries are fetched once, and not at all by who wrote them', async () => {
      const asked = async (services: number) => {
        const planId = `00000000-0000-4000-8000-${String(services).padStart(12, '0')}`;
        const place = {
          collectionUrl: emulator.devOpsUrl,
          projectId: 'a3b1c2d4-0000-4000-8000-000000000001',
          hub: 'build',
          planId,
          timelineId: '00000000-0000-4000-8000-00000000aaaa',
          jobId: '00000000-0000-4000-8000-00000000bbbb',
          token: emulator.devOpsToken,
          http: { cert: { caFile: emulator.caFile } },
        };
        await run(services, () => timelineJournal(place, new FakeClock()));
        const count = (method: string, path: RegExp): number =>
          emulator.requests({ method, path }).filter((one) => one.path.includes(planId)).length;
        return {
          lists: count('GET', /\/attachments\/[^/]+$/),
          fetched: count('GET', /\/attachments\/[^/]+\/[^/]+$/),
          written: count('PUT', /./),
        };
      };
      const [few, many] = [await asked(FEW), await asked(MANY)];
      assertGrows(few, many);
      const entries = STEPS.length * MANY;
      assert.deepEqual(many, { lists: (READS_EACH + 1) * MANY, fetched: entries, written: entries });
    });
  });

  describe('blobs of Azure Storage,', () => {
    let azurite: Azurite;
    let front: StorageFront;
    before(async () => {
      azurite = await sharedAzurite();
      front = await startStorageFront(azurite);
      await azurite.createContainer('growth');
    });
    after(() => front.close());

    it('whose entries are fetched once, and not at all by who wrote them', async () => {
      const asked = async (services: number) => {
        front.clear();
        const options = { clock: new FakeClock(), accountUrl: front.accountUrl };
        await run(services, () => blobJournal(clientOf(azurite, `growth/${services}`, options)));
        const count = (match: RegExp): number => front.requests.filter((line) => match.test(line)).length;
        const lists = count(/comp=list/);
        return { lists, fetched: count(/^GET/) - lists, written: count(/^PUT/) };
      };
      const [few, many] = [await asked(FEW), await asked(MANY)];
      assertGrows(few, many);
      const entries = STEPS.length * MANY;
      assert.deepEqual(many, { lists: (READS_EACH + 1) * MANY, fetched: entries, written: entries });
    });
  });
});
