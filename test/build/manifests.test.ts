import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles } from '../../src/build/manifests.ts';
import { readManifest, taskFolders } from '../../src/build/tasks.ts';
import type { TaskInput } from '../../src/settings/task-inputs.ts';

/** The parts of a committed task.json that are checked here: tfx checks next to nothing of it. */
interface TaskJson {
  id: string;
  name: string;
  friendlyName: string;
  description: string;
  instanceNameFormat: string;
  category: string;
  version: { Major: number; Minor: number; Patch: number };
  minimumAgentVersion: string;
  runsOn: string[];
  visibility: string[];
  groups: { name: string; displayName: string }[];
  inputs: TaskInput[];
  dataSourceBindings: { target: string; endpointId: string; parameters?: Record<string, string> }[];
  outputVariables: { name: string; description: string }[];
  restrictions: { settableVariables: { allowed: string[] } };
  execution: Record<string, { target: string }>;
}

const ROOT = process.cwd();
const HANDLERS = new Set(['Node24', 'Node20_1']);
const INPUT_TYPES = new Set(['string', 'boolean', 'filePath', 'multiLine', 'pickList', 'connectedService:AzureRM']);
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** `name = value` or `name != value`, joined by `&&` alone or by `||` alone; no parentheses. */
const CLAUSE = '[A-Za-z]\\w* !?= [\\w-]+';
const VISIBLE_RULE = new RegExp(`^${CLAUSE}(?:(?: && ${CLAUSE})*|(?: \\|\\| ${CLAUSE})*)$`);

const folders = taskFolders(ROOT);
const tasks = folders.map((folder) => ({
  folder,
  task: JSON.parse(readFileSync(join(ROOT, folder.path, 'task.json'), 'utf8')) as TaskJson,
}));

describe('task manifests', () => {
  it('are there', () => assert.ok(tasks.length > 0));

  it('are committed as they are generated: run `npm run manifests` when this fails', async () => {
    for (const [path, text] of await generatedFiles(ROOT))
      assert.equal(readFileSync(join(ROOT, path), 'utf8'), text, `${path} is stale`);
  });

  it('have ids of their own, the same in every major version', () => {
    const names = [...new Set(folders.map(({ name }) => name))];
    const ids = names.map((name) => {
      const versions = tasks.filter(({ folder }) => folder.name === name);
      const own = new Set(versions.map(({ task }) => task.id));
      assert.equal(own.size, 1);
      return [...own][0]!;
    });
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, GUID);
  });

  for (const { folder, task } of tasks)
    describe(folder.path, () => {
      it('is named as its folder, prefixed, and short enough for the editor', () => {
        assert.equal(task.name, folder.name);
        assert.match(task.name, /^SafeRollout[A-Z][A-Za-z]+$/);
        assert.equal(task.version.Major, folder.major);
        assert.ok(task.friendlyName.length <= 40, task.friendlyName);
        assert.ok(task.description.length <= 200, task.description);
        assert.ok(['Deploy', 'Test', 'Utility'].includes(task.category));
      });

      it('runs on agents that know its handlers', () => {
        assert.deepEqual(task.runsOn, ['Agent', 'DeploymentGroup']);
        assert.deepEqual(task.visibility, ['Build', 'Release']);
        assert.equal(task.minimumAgentVersion, '4.248.0');
        assert.deepEqual(new Set(Object.keys(task.execution)), HANDLERS);
        for (const { target } of Object.values(task.execution)) assert.equal(target, 'task.js');
        assert.ok(existsSync(join(ROOT, folder.path, 'index.ts')));
        assert.ok(existsSync(join(ROOT, folder.path, 'icon.png')), 'icon.png is missing');
      });

      it('explains every input', () => {
        for (const input of task.inputs) {
          assert.ok(INPUT_TYPES.has(input.type), `${input.name} has the type ${input.type}`);
          assert.ok(input.label.length > 2 && input.helpMarkDown.length > 10, input.name);
          assert.ok(
            !(input.required && input.defaultValue !== undefined),
            `${input.name} is required and has a default`,
          );
          if (input.type === 'pickList')
            assert.ok(input.options !== undefined || input.properties?.['EditableOptions'] === 'True', input.name);
        }
      });

      it('names each input once, aliases included, in any letter case', () => {
        const names = task.inputs
          .flatMap(({ name, aliases = [] }) => [name, ...aliases])
          .map((name) => name.toLowerCase());
        assert.deepEqual(names, [...new Set(names)]);
      });

      it('refers only to inputs and groups that exist', () => {
        const inputs = new Set(task.inputs.map(({ name }) => name));
        const groups = new Set(task.groups.map(({ name }) => name));
        for (const { groupName } of task.inputs) assert.ok(groupName === undefined || groups.has(groupName));
        for (const { name } of task.groups)
          assert.ok(
            task.inputs.some(({ groupName }) => groupName === name),
            name,
          );
        for (const binding of task.dataSourceBindings) {
          assert.ok(inputs.has(binding.target));
          for (const reference of [binding.endpointId, ...Object.values(binding.parameters ?? {})])
            assert.ok(inputs.has(/^\$\((\w+)\)$/.exec(reference)?.[1] ?? ''), reference);
        }
        for (const [, name] of task.instanceNameFormat.matchAll(/\$\((\w+)\)/g)) assert.ok(inputs.has(name!), name);
      });

      it('keeps rules of visibility to what the editor understands', () => {
        for (const { name, visibleRule } of task.inputs)
          if (visibleRule !== undefined) {
            assert.match(visibleRule, VISIBLE_RULE, name);
            for (const [, other] of visibleRule.matchAll(/(\w+) !?=/g))
              assert.ok(
                task.inputs.some((input) => input.name === other),
                `${name} depends on ${other}`,
              );
          }
      });

      it('may set its own output variables and no other', () => {
        const names = task.outputVariables.map(({ name }) => name);
        assert.ok(names.length > 0);
        for (const name of names) assert.match(name, /^[A-Za-z][A-Za-z0-9]*$/);
        assert.deepEqual(task.restrictions.settableVariables.allowed, names);
      });

      it('has the defaults that its reader has', async () => {
        const { settings } = await readManifest(ROOT, folder);
        for (const { name, defaultValue } of task.inputs)
          if (defaultValue !== undefined) assert.ok(settings.settings[name]?.parse(defaultValue).ok, name);
      });
    });
});
