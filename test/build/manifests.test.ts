import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles } from '../../src/build/manifests.ts';
import { readManifest, taskFolders } from '../../src/build/tasks.ts';
import type { TaskInput } from '../../src/settings/task-inputs.ts';

/** What the check of manifests (`src/build/lint`) does not ask: it knows tasks, and not which of them are ours. */
interface TaskJson {
  readonly name: string;
  readonly runsOn: readonly string[];
  readonly visibility: readonly string[];
  readonly inputs: readonly TaskInput[];
  readonly execution: Readonly<Record<string, unknown>>;
}

const ROOT = process.cwd();
const folders = taskFolders(ROOT);

describe('task manifests', () => {
  it('are there', () => {
    assert.ok(folders.some(({ hasCode }) => hasCode));
    assert.ok(folders.some(({ hasCode }) => !hasCode));
  });

  it('are committed as they are generated: run `npm run manifests` when this fails', async () => {
    for (const [path, text] of await generatedFiles(ROOT))
      assert.equal(readFileSync(join(ROOT, path), 'utf8'), text, `${path} is stale`);
  });

  for (const folder of folders)
    describe(folder.path, () => {
      const task = JSON.parse(readFileSync(join(ROOT, folder.path, 'task.json'), 'utf8')) as TaskJson;

      it('is one of ours', () => assert.match(task.name, /^SafeRollout[A-Z][A-Za-z]+$/));

      it('runs where its kind of task can, in pipelines and in classic releases', () => {
        const [places, kinds] = folder.hasCode
          ? [['Agent', 'DeploymentGroup'], /^(?:Node24|Node20_1)$/]
          : [['Server', 'ServerGate'], /^HttpRequest(?:Chain)?$/];
        assert.deepEqual(task.runsOn, places);
        assert.deepEqual(task.visibility, ['Build', 'Release']);
        assert.equal(Object.keys(task.execution).length, folder.hasCode ? 2 : 1);
        for (const kind of Object.keys(task.execution)) assert.match(kind, kinds);
      });

      it('has the defaults that its reader has', async () => {
        const { settings } = await readManifest(ROOT, folder);
        for (const { name, defaultValue } of task.inputs)
          if (defaultValue !== undefined) assert.ok(settings.settings[name]?.parse(defaultValue).ok, name);
      });

      it('has its icon', () => assert.ok(existsSync(join(ROOT, folder.path, 'icon.png'))));
    });
});
