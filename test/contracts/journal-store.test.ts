import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobJournal } from '../../src/azure/blob/blob-journal.ts';
import { timelineJournal } from '../../src/devops/timeline-journal.ts';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { fileJournal } from '../../src/journal/file-journal.ts';
import { clientOf, sharedAzurite, type Azurite } from '../azure/blob/azurite.ts';
import { ask } from '../emulator/client.ts';
import { MemoryJournal } from '../fakes/memory-journal.ts';
import { journalStoreContract } from './journal-store-contract.ts';

describe('journal store contract: the journal in memory', () => {
  journalStoreContract(() => {
    const store = new MemoryJournal();
    const damage = (_: string, text = 'no entry', name?: string): Promise<void> => {
      const sentence = 'the entry is not JSON and was left out';
      return Promise.resolve(void store.damages.push({ sentence, text, name: name ?? null, behind: null }));
    };
    return Promise.resolve({ open: () => store, damage, runs: 'many' });
  });
});

describe('journal store contract: a file', () => {
  let folder: string;
  let files = 0;
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'safe-rollout-contract-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  journalStoreContract(() => {
    const file = join(folder, `${(files += 1)}.jsonl`);
    return Promise.resolve({
      open: () => fileJournal(file),
      damage: (_, text = 'no entry') => appendFile(file, `${text}\n`),
      runs: 'many',
    });
  });
});

describe('journal store contract: attachments of the timeline', () => {
  let emulator: Emulator;
  let plans = 0;
  before(async () => void (emulator = await startEmulator()));
  after(() => emulator.close());

  journalStoreContract(() => {
    const planId = `00000000-0000-4000-8000-${String((plans += 1)).padStart(12, '0')}`;
    const project = 'a3b1c2d4-0000-4000-8000-000000000001';
    const timelineId = '00000000-0000-4000-8000-00000000aaaa';
    let jobs = 0;
    return Promise.resolve({
      open: () =>
        timelineJournal({
          collectionUrl: emulator.devOpsUrl,
          projectId: project,
          hub: 'build',
          planId,
          timelineId,
          jobId: `00000000-0000-4000-8000-${String((jobs += 1)).padStart(12, '0')}`,
          token: emulator.devOpsToken,
          http: { cert: { caFile: emulator.caFile } },
        }),
      damage: async (_, body = 'no entry', name = 'note.txt') => {
        const record = `plans/${planId}/timelines/${timelineId}/records/${timelineId}`;
        const url = `${emulator.devOpsUrl}${project}/_apis/distributedtask/hubs/build/${record}/attachments/safe-rollout.journal/${name}?api-version=7.1`;
        const headers = { authorization: `Bearer ${emulator.devOpsToken}` };
        const { status, text } = await ask(emulator, url, { method: 'PUT', headers, body });
        assert.ok(status < 300, text);
      },
      runs: 'one',
    });
  });
});

describe('journal store contract: blobs of Azure Storage', () => {
  let azurite: Azurite;
  let folders = 0;
  before(async () => {
    azurite = await sharedAzurite();
    await azurite.createContainer('contract');
  });

  journalStoreContract(() => {
    const place = `contract/contoso/${(folders += 1)}`;
    return Promise.resolve({
      open: () => blobJournal(clientOf(azurite, place)),
      damage: async (run, body = 'no entry', name = 'note.txt') => {
        const headers = { 'x-ms-blob-type': 'BlockBlob' };
        await clientOf(azurite, place).send({ method: 'PUT', blob: `runs/${run}/${name}`, headers, body });
      },
      runs: 'many',
    });
  });
});
