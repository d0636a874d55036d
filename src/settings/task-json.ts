import type { Presented } from './setting.ts';
import { taskInputs } from './task-inputs.ts';

/** What a task folder says about its task; everything else in task.json follows from it. */
export interface TaskManifest {
  /** Never changes, not even between major versions: pipelines and the results tab know the task by it. */
  readonly id: string;
  readonly name: string;
  readonly friendlyName: string;
  readonly description: string;
  readonly category: 'Deploy' | 'Utility' | 'Test';
  /** The step's name in the editor, with `$(input)` filled in. */
  readonly instanceNameFormat: string;
  /** Output variables and what they hold. The agent lets the task set no other. */
  readonly outputVariables: Readonly<Record<string, string>>;
  readonly settings: Presented;
}

/** Node handlers, the preferred first. Node20_1 came with agent 4.248.0; older agents have no runner of ours. */
const HANDLERS = ['Node24', 'Node20_1'] as const;
const OLDEST_AGENT = '4.248.0';

/**
 * The text of a task.json.
 * @param major of the task's folder
 * @param release version of the package. Agents cache a task by its version, so minor and patch rise with each release
 */
export function taskJson(manifest: TaskManifest, major: number, release: string): string {
  const { id, name, friendlyName, description, category, instanceNameFormat, outputVariables, settings } = manifest;
  const [first = 0, second = 0, patch = 0] = release.split('.').map(Number);
  const { groups, inputs, dataSourceBindings } = taskInputs(settings);
  const task = {
    id,
    name,
    friendlyName,
    description,
    helpMarkDown: description,
    category,
    author: 'Safe Rollout',
    version: { Major: major, Minor: first * 1000 + second, Patch: patch },
    minimumAgentVersion: OLDEST_AGENT,
    visibility: ['Build', 'Release'],
    runsOn: ['Agent', 'DeploymentGroup'],
    instanceNameFormat,
    groups,
    inputs,
    dataSourceBindings,
    outputVariables: Object.entries(outputVariables).map(([variable, holds]) => ({
      name: variable,
      description: holds,
    })),
    // Not `commands: restricted`: that mode blocks the upload of the summary.
    restrictions: { settableVariables: { allowed: Object.keys(outputVariables) } },
    execution: Object.fromEntries(HANDLERS.map((handler) => [handler, { target: 'task.js', argumentFormat: '' }])),
  };
  return `${JSON.stringify(task, null, 2)}\n`;
}
