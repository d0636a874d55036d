import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashOf } from '../../src/journal/chain.ts';
import type { Entry } from '../../src/journal/entry.ts';
import { fileJournal } from '../../src/journal/file-journal.ts';
import { recorder } from '../../src/journal/recorder.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { pair, TARGET } from '../journal/entries.ts';
import { builtProduct } from '../tasks/built-tasks.ts';
import { safeRollout, type CommandEnd } from './command-line.ts';

const CORPUS = join(process.cwd(), 'test/journal/corpus');

describe('safe-rollout journal', function () {
  this.timeout(30_000);
  let cwd: string;
  before(async () => void (await builtProduct()));
  beforeEach(() => void (cwd = mkdtempSync(join(tmpdir(), 'safe-rollout-journal-'))));
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));

  const journal = (...args: string[]): Promise<CommandEnd> => safeRollout(['journal', ...args], { cwd });
  const documentOf = <T>(end: CommandEnd): T => JSON.parse(end.stdout) as T;
  const lines = (file = 'j.jsonl'): string[] => readFileSync(join(cwd, file), 'utf8').trim().split('\n');
  const write = (all: readonly string[]): void => writeFileSync(join(cwd, 'j.jsonl'), `${all.join('\n')}\n`);

  /** Two runs; the agent of the second died in the swap of payments. @returns the last entry of each */
  async function twoRuns(reason = 'INC-4711'): Promise<Entry[]> {
    const store = fileJournal(join(cwd, 'j.jsonl'));
    const lasts: Entry[] = [];
    for (const run of ['6', '7']) {
      const pen = recorder(store, new FakeClock(), run, `agent-${run}`);
      const about = { service: 'payments', promotion: `p${run}`, target: TARGET, before: pair('new', 'old') };
      const plan = { services: [{ name: 'payments' }] };
      await pen.record({ action: 'plan', phase: 'done', reason, plan });
      lasts.push(await pen.record({ ...about, action: 'promote', phase: 'intent', reason: 'attempt 1' }));
      if (run === '7') continue;
      await pen.record({ ...about, after: pair('old', 'new'), action: 'promote', phase: 'done', reason: 'swapped' });
      lasts[0] = await pen.record({ ...about, action: 'verify', phase: 'done', reason: 'healthy' });
    }
    return lasts;
  }

  describe('verify', () => {
    it('0: says what a whole journal holds, and where each writer has ended', async () => {
      const [six, seven] = await twoRuns();
      const end = await journal('verify', '--journal', './j.jsonl');
      assert.equal(end.exitCode, 0, end.stdout + end.stderr);
      assert.equal(
        end.stdout,
        [
          'Run 6: whole, 4 entries',
          `  writer agent-6: 4 entries, last entry ${hashOf(six!)}`,
          'Run 7: whole, 2 entries',
          `  writer agent-7: 2 entries, last entry ${hashOf(seven!)}`,
          `Whole: ${join(cwd, 'j.jsonl')} holds 6 entries of 2 runs.`,
          '',
        ].join('\n'),
      );
    });

    it('1: names an entry that was changed, and what to do; the other run stays whole', async () => {
      await twoRuns();
      write(lines().map((line) => line.replace('"reason":"swapped"', '"reason":"refused"')));
      const end = await journal('verify', '--journal', './j.jsonl');
      assert.equal(end.exitCode, 1, end.stdout);
      assert.match(end.stdout, /^ {2}damaged: entry 3 of writer agent-6 or entry 4 behind it was changed after it/m);
      assert.match(end.stdout, /What it still says: safe-rollout journal explain --run 6 --journal \.\/j\.jsonl$/m);
      assert.match(end.stdout, /^Run 7: whole/m);
      assert.equal((await journal('verify', '--journal', './j.jsonl', '--run', '7')).exitCode, 0);
      assert.equal((await journal('verify', '--journal', './j.jsonl', '--run', '6')).exitCode, 1);
      // A rollback reads it in the same way.
      const explained = await journal('explain', '--journal', './j.jsonl', '--run', '6');
      assert.deepEqual([explained.exitCode, /^Damaged: entry 3/m.test(explained.stdout)], [1, true]);
    });

    it('1: sees by the hash of a log that the end is cut, changed or written on', async () => {
      const [six] = await twoRuns();
      const whole = lines();
      const last = hashOf(six!);
      const verify = (...more: string[]) => journal('verify', '--journal', './j.jsonl', '--run', '6', ...more);
      const good = await verify('--last', last.slice(0, 20));
      assert.deepEqual([good.exitCode, /and ends as the log said\.$/m.test(good.stdout)], [0, true]);
      write(whole.toSpliced(3, 1));
      assert.equal((await verify()).exitCode, 0, 'the journal alone does not tell');
      const cut = await verify('--last', last);
      assert.equal(cut.exitCode, 1);
      assert.match(cut.stdout, /^Damaged: no entry has the hash [0-9a-f]{64}: .* See that the log is of this run/m);
      write(whole.map((line) => line.replace('"reason":"healthy"', '"reason":"all well"')));
      assert.deepEqual([(await verify()).exitCode, (await verify('--last', last)).exitCode], [0, 1]);
      write(whole);
      const third = hashOf(JSON.parse(whole[2]!) as Entry);
      assert.match(
        (await verify('--last', `${last},${third}`)).stdout,
        /^Damaged: 1 entry stands behind entry 3 of writer/m,
      );
    });

    it('1: names a torn line, also where there is nothing else', async () => {
      await twoRuns();
      appendFileSync(join(cwd, 'j.jsonl'), '{"schema":2,"id":"x');
      assert.match((await journal('verify', '--journal', './j.jsonl')).stdout, /j\.jsonl:7: the last line is torn/);
      write(['\0\0']);
      const alone = await journal('verify', '--journal', './j.jsonl');
      assert.equal(alone.exitCode, 1, alone.stderr);
      assert.match(alone.stdout, /^Damaged: \S*j\.jsonl:1: the line is not JSON/);
    });

    it('tells damage of another run once, and beside a run that is whole', async () => {
      copyFileSync(join(CORPUS, 'two-runs-and-a-torn-line.jsonl'), join(cwd, 'j.jsonl'));
      const one = await journal('verify', '--journal', './j.jsonl', '--run', 'run');
      assert.equal(one.exitCode, 0);
      assert.match(one.stdout, /^Beside it: .*it is of another run$/m);
      assert.match(one.stdout, /^Whole: .* What is of schema 1 has no chain/m);
      const both = await journal('verify', '--journal', './j.jsonl');
      assert.equal(both.exitCode, 1);
      assert.equal(both.stdout.split('is torn').length, 2, both.stdout);
    });

    it('says it as a document', async () => {
      const [, seven] = await twoRuns();
      const end = await journal('verify', '--journal', './j.jsonl', '--last', hashOf(seven!), '--format', 'json');
      const document = documentOf<Record<string, unknown>>(end);
      assert.deepEqual(document['lasts'], [{ hash: hashOf(seven!), problem: null }]);
      assert.deepEqual(document['warnings'], []);
      assert.equal(document['ok'], true);
      assert.deepEqual((document['runs'] as unknown[])[1], {
        run: '7',
        ok: true,
        entries: 2,
        writers: [{ writer: 'agent-7', entries: 2, last: hashOf(seven!), chained: true }],
        problems: [],
      });
    });
  });

  describe('show', () => {
    it('prints the entries of the newest run, or of the one that is named', async () => {
      await twoRuns();
      const newest = await journal('show', '--journal', './j.jsonl');
      assert.equal(newest.exitCode, 0);
      assert.match(
        newest.stdout,
        /^Run 7 in \S+, the newest of 2: 2 entries\.\n {2}W1 writer agent-7: 2 entries, last/,
      );
      const six = (await journal('show', '--journal', './j.jsonl', '--run', '6')).stdout;
      assert.match(six, /^2026-\S+ \S+ +W1\.3 +payments +promote done +old -> new\n {4}swapped$/m);
      assert.match(six, /^2026-\S+ \S+ +W1\.2 +payments +promote intent +old -> \?\n {4}attempt 1$/m);
    });

    it('lets no text of a journal begin a line, move the cursor or command an agent', async () => {
      await twoRuns('one\ntwo \u001b[2J ##vso[task.complete result=Succeeded]');
      for (const view of ['show', 'explain']) {
        const { stdout } = await journal(view, '--journal', './j.jsonl');
        assert.match(stdout, / one two /);
        // oxlint-disable-next-line no-control-regex -- they are what is looked for
        assert.doesNotMatch(stdout, /\u001b|##vso|^two/m);
      }
    });

    it('says it as a document, with the hash of each entry', async () => {
      const [, seven] = await twoRuns();
      const document = documentOf<{ run: string; runs: string[]; entries: Record<string, unknown>[] }>(
        await journal('show', '--journal', './j.jsonl', '--format', 'json'),
      );
      assert.deepEqual([document.run, document.runs], ['7', ['6', '7']]);
      assert.deepEqual(document.entries.at(-1), { ...seven, hash: hashOf(seven!) });
      assert.equal(document.entries[1]!['previous'], document.entries[0]!['hash']);
    });
  });

  describe('explain', () => {
    it('says what was intended, what is proven, what is missing and what comes next', async () => {
      await twoRuns();
      const { stdout, exitCode } = await journal('explain', '--journal', './j.jsonl');
      assert.equal(exitCode, 0);
      assert.match(stdout, /^Intended\n {2}INC-4711 \(planned at /m);
      assert.match(
        stdout,
        /^ {2}payments: promoted or not: unknown\n {4}Proven: the intent to swap payments was written at .*and no outcome follows\.\n {4}Missing: the outcome/m,
      );
      assert.match(stdout, /^Next: safe-rollout rollback --run 7 --journal \.\/j\.jsonl asks Azure/m);
      const six = await journal('explain', '--journal', './j.jsonl', '--run', '6');
      assert.match(
        six.stdout,
        /^Nothing is missing\. To undo all the same: safe-rollout rollback --run 6 .* --scope run$/m,
      );
    });

    it('offers to undo what stands in production, and nothing else', async () => {
      const pen = recorder(fileJournal(join(cwd, 'j.jsonl')), new FakeClock(), '8', 'agent');
      const about = { service: 'payments', promotion: 'p8', target: TARGET, before: pair('new', 'old') };
      for (const action of ['promote', 'undo'] as const)
        for (const phase of ['intent', 'done'] as const) await pen.record({ ...about, action, phase, reason: 'why' });
      const { stdout } = await journal('explain', '--journal', './j.jsonl');
      assert.match(stdout, /^ {2}payments: undone$/m);
      assert.match(stdout, /^Nothing is missing, and no release of the run is in production\.$/m);
      assert.doesNotMatch(stdout, /rollback --run/);
    });

    it('says it as a document', async () => {
      await twoRuns();
      const document = documentOf<Record<string, unknown>>(
        await journal('explain', '--journal', './j.jsonl', '--format', 'json'),
      );
      assert.deepEqual(
        [document['ok'], document['asks'], document['next']],
        [true, 'azure', 'safe-rollout rollback --run 7 --journal ./j.jsonl'],
      );
      assert.deepEqual(
        (document['services'] as { state: string }[]).map(({ state }) => state),
        ['open'],
      );
    });

    it('prints no name of a run that could not be typed', async () => {
      const pen = recorder(fileJournal(join(cwd, 'j.jsonl')), new FakeClock(), '$(rm -rf x)', 'w');
      await pen.record({
        action: 'promote',
        phase: 'intent',
        reason: 'r',
        service: 's',
        promotion: 'p',
        target: TARGET,
        before: pair('a', 'b'),
      });
      const { stdout } = await journal('explain', '--journal', './j.jsonl');
      assert.match(stdout, /^Next: safe-rollout rollback --run NAME --journal/m);
    });
  });

  const bad: [string[], RegExp, string][] = [
    [['verify'], /--journal: \S*journal\.jsonl holds no run\. Name the journal/, 'a journal that is not there'],
    [['show'], /holds no run\./, 'nothing to show'],
    [['explain', '--run', 'seven'], /holds no run 'seven'/, 'a run that is not there'],
    [[], /--view is required/, 'no view'],
    [['prove'], /--view: 'prove' must be one of verify, show, explain/, 'another view'],
    [['show', '--last', 'a'.repeat(64)], /--last: .* is for verify, not for show/, 'a hash to show'],
    [['verify', '--last', 'abc'], /--last: 'abc' holds 'abc', which must be a hash: 16 to 64 digits/, 'too few digits'],
    [['verify', '--journal', 'attachments'], /'attachments' is kept by a pipeline run/, 'a journal of a pipeline run'],
  ];
  for (const [args, expected, reason] of bad)
    it(`2: ${reason}`, async () => {
      const end = await journal(...args);
      assert.equal(end.exitCode, 2, end.stderr);
      assert.match(end.stderr, expected);
    });

  it('reads every journal of schema 1', async () => {
    for (const view of ['verify', 'show', 'explain']) {
      const end = await journal(view, '--journal', join(CORPUS, 'deployment-rolled-back.jsonl'));
      assert.deepEqual([end.exitCode, end.stderr], [0, ''], view);
    }
  });
});
