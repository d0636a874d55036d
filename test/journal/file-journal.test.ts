import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LARGEST_ENTRY_BYTES } from '../../src/journal/entry.ts';
import { fileJournal, runsOf } from '../../src/journal/file-journal.ts';
import { recorder } from '../../src/journal/recorder.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { entryOf } from './entries.ts';

describe('fileJournal', () => {
  let folder: string;
  let file: string;
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'safe-rollout-journal-'))));
  after(() => rm(folder, { recursive: true, force: true }));
  let number = 0;
  beforeEach(() => void (file = join(folder, `${(number += 1)}`, 'journal.jsonl')));

  const reading = async (run = 'run') => {
    const { entries, problems } = await fileJournal(file).read(run);
    return { ids: entries.map(({ id }) => id), problems };
  };
  const journalOf = async (text: string): Promise<void> => {
    await fileJournal(file).append(entryOf());
    await writeFile(file, text);
  };

  it('gives back what was appended, and makes its folder', async () => {
    const store = fileJournal(file);
    const one = entryOf({ reason: 'line\nbreak, "quotes" and ünïcode' });
    await store.append(one);
    await store.append(entryOf({ sequence: 2 }));
    assert.deepEqual((await store.read('run')).entries, [one, entryOf({ sequence: 2 })]);
    assert.equal((await readFile(file, 'utf8')).split('\n').length, 3);
    if (process.platform !== 'win32') assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  it('is empty where there is no file', async () => {
    assert.deepEqual(await reading(), { ids: [], problems: [] });
    assert.deepEqual((await runsOf(file)).runs, []);
  });

  it('keeps runs apart', async () => {
    const store = fileJournal(file);
    for (const run of ['a', 'b', 'a'])
      await store.append(entryOf({ run, writer: run, sequence: run === 'a' ? (number += 1) : 1 }));
    assert.equal((await store.read('a')).entries.length, 2);
    assert.deepEqual((await reading('b')).ids, ['b.1']);
    assert.deepEqual((await runsOf(file)).runs, ['a', 'b']);
  });

  it('names a torn last line, and lets the next entry start on a line of its own', async () => {
    const line = JSON.stringify(entryOf());
    await journalOf(`${line}\n${JSON.stringify(entryOf({ sequence: 2 })).slice(0, 200)}`);
    const torn = await reading();
    assert.deepEqual(torn.ids, ['w.1']);
    assert.match(torn.problems[0]!, /journal\.jsonl:2: the last line is torn/);
    await fileJournal(file).append(entryOf({ writer: 'x' }));
    const healed = await reading();
    assert.deepEqual(healed.ids, ['w.1', 'x.1']);
    assert.match(healed.problems[0]!, /journal\.jsonl:2: the line is not JSON and was left out/);
    assert.equal(healed.problems.length, 1);
  });

  it('names a corrupt line in the middle, and the gap that it leaves', async () => {
    const lines = [1, 2, 3].map((sequence) => JSON.stringify(entryOf({ sequence })));
    await journalOf(`${lines[0]}\n${lines[1]!.replace('"promote"', '"promot"')}\n${lines[2]}\n`);
    const { ids, problems } = await reading();
    assert.deepEqual(ids, ['w.1', 'w.3']);
    assert.match(problems[0]!, /journal\.jsonl:2: the line has the unknown action 'promot'/);
    assert.match(problems[1]!, /w\.2 to w\.2 are missing/);
  });

  it('does not hold the damage of one run against another', async () => {
    const torn = JSON.stringify(entryOf({ run: 'killed', writer: 'k' })).slice(0, 200);
    await journalOf(`${torn}\n${JSON.stringify(entryOf({ run: 'killed', writer: 'k', action: 'x' as 'run' }))}\n`);
    await fileJournal(file).append(entryOf());
    assert.deepEqual(await reading(), { ids: ['w.1'], problems: [] });
    const { warnings = [] } = await fileJournal(file).read('run');
    assert.match(warnings.join('\n'), /:1: the line is not JSON .* of another run\n.*:2: the line has the unknown/);
    assert.equal((await reading('killed')).problems.length, 2);
  });

  it('holds damage that does not tell its run against every run', async () => {
    await journalOf('{"schema":1,"id":"w\n\0\0\0\0\n');
    assert.equal((await reading()).problems.length, 2);
    assert.equal((await reading('other')).problems.length, 2);
  });

  it('reads lines that another system ended differently', async () => {
    await journalOf(`${JSON.stringify(entryOf())}\r\n\r\n${JSON.stringify(entryOf({ sequence: 2 }))}\r\n`);
    assert.deepEqual(await reading(), { ids: ['w.1', 'w.2'], problems: [] });
  });

  it('refuses an entry that is too large before it touches the file', async () => {
    await assert.rejects(
      fileJournal(file).append(entryOf({ reason: 'x'.repeat(LARGEST_ENTRY_BYTES) })),
      /w\.1 is larger than/,
    );
    assert.deepEqual(await reading(), { ids: [], problems: [] });
  });

  it('rejects when it cannot write', async () => {
    await assert.rejects(
      fileJournal(join(folder, '1', 'journal.jsonl', 'below', 'a', 'file')).append(entryOf()),
      /ENOTDIR|EEXIST|ENOENT/,
    );
  });

  it('loses no entry of two recorders that write at the same time', async () => {
    const clock = new FakeClock();
    const pens = ['a', 'b'].map((writer) => recorder(fileJournal(file), clock, 'run', writer));
    const drafts = Array.from({ length: 40 }, (_, index) => pens[index % 2]!);
    // Large ones as well: above half a megabyte, node writes in pieces unless it is made not to.
    await Promise.all(
      drafts.map((pen, index) =>
        pen.record({ action: 'run', phase: 'intent', reason: 'x'.repeat(index < 6 ? 900_000 : 100) }),
      ),
    );
    const { ids, problems } = await reading();
    assert.deepEqual(problems, []);
    assert.equal(new Set(ids).size, 40);
  });

  it('loses no entry of two processes that write at the same time', async () => {
    const script = join(import.meta.dirname, 'append-many.ts');
    await fileJournal(file).append(entryOf());
    const ended = ['p', 'q'].map(async (writer) => {
      const child = spawn(process.execPath, ['--import', 'tsx', script, file, writer, '60'], { stdio: 'inherit' });
      const [code] = (await once(child, 'exit')) as [number | null];
      assert.equal(code, 0);
    });
    await Promise.all(ended);
    const { ids, problems } = await reading();
    assert.deepEqual(problems, []);
    assert.equal(ids.length, 121);
  });

  it('goes on after an entry that was cut by a killed process', async () => {
    await fileJournal(file).append(entryOf());
    await appendFile(file, '{"schema":1,"id":"k.1","writer":"k","sequence":1,"at":"now","run":"run","act');
    await fileJournal(file).append(entryOf({ sequence: 2 }));
    const { ids, problems } = await reading();
    assert.deepEqual(ids, ['w.1', 'w.2']);
    assert.equal(problems.length, 1);
  });

  describe('that is read again and again', () => {
    const line = (sequence: number, reason = 'because'): string => `${JSON.stringify(entryOf({ sequence, reason }))}\n`;
    const changes: [string, string, string, string[]][] = [
      ['is longer', line(1) + line(2), line(1) + line(2) + line(3), ['w.1', 'w.2', 'w.3']],
      ['is shorter', line(1) + line(2), line(1), ['w.1']],
      ['is another one, and as long', line(1) + line(2), line(1) + line(3), ['w.1', 'w.3']],
      [
        'was changed before what was added',
        line(1, 'old') + line(2),
        line(1, 'anew') + line(2) + line(3),
        ['w.1', 'w.2', 'w.3'],
      ],
      ['had a torn line, which is whole now', line(1) + line(2).slice(0, 90), line(1) + line(2), ['w.1', 'w.2']],
      [
        'had a last line without its end',
        line(1) + line(2).trimEnd(),
        line(1) + line(2) + line(3),
        ['w.1', 'w.2', 'w.3'],
      ],
    ];
    for (const [what, before, after, ids] of changes)
      it(`shows what it holds when it ${what}`, async () => {
        await journalOf(before);
        const store = fileJournal(file);
        await store.read('run');
        await writeFile(file, after);
        const again = await store.read('run');
        assert.deepEqual(
          again.entries.map(({ id }) => id),
          ids,
        );
        const { growth: _, ...fresh } = await fileJournal(file).read('run');
        const { growth: __, ...rest } = again;
        assert.deepEqual(rest, fresh);
      });

    it('forgets a file that is gone', async () => {
      await journalOf(line(1));
      const store = fileJournal(file);
      await store.read('run');
      await rm(file);
      assert.deepEqual((await store.read('run')).entries, []);
    });

    it('reads lines that are cut by the piece in which a large file is read', async () => {
      const text = 'ü'.repeat(200_000);
      await journalOf([1, 2, 3, 4, 5, 6, 7].map((sequence) => line(sequence, text)).join(''));
      const { entries, problems } = await fileJournal(file).read('run');
      assert.deepEqual([problems, entries.length], [[], 7]);
      assert.ok(entries.every(({ reason }) => reason === text));
    });
  });
});
