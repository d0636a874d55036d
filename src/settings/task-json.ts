import { executionOf, type ServerRequests } from './server-requests.ts';
import type { Presented } from './setting.ts';
import { taskInputs } from './task-inputs.ts';

/** What a task folder says about its task; everything else in task.json follows from it. */
export type TaskManifest = AgentTask | ServerTask;

interface AnyTask {
  /** Never changes, not even between major versions: pipelines and the results tab know the task by it. */
  readonly id: string;
  readonly name: string;
  readonly friendlyName: string;
  readonly description: string;
  readonly category: 'Deploy' | 'Utility' | 'Test';
  /** The step's name in the editor, with `$(input)` filled in. */
  readonly instanceNameFormat: string;
  readonly settings: Presented;
}

/** A task whose code an agent runs: the `index.ts` of its folder. */
export interface AgentTask extends AnyTask {
  /** Output variables and what they hold. The agent lets the task set no other. */
  readonly outputVariables: Readonly<Record<string, string>>;
}

/** A task that Azure Pipelines runs itself, in an agentless job and as a release gate: requests, and no code of ours. */
export interface ServerTask extends AnyTask {
  readonly requests: ServerRequests;
  /** What it answers and what it cannot know, in the editor above its inputs. Markdown. */
  readonly help: string;
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
  const { id, name, friendlyName, description, category, instanceNameFormat, settings } = manifest;
  const [first = 0, second = 0, patch = 0] = release.split('.').map(Number);
  const { groups, inputs, dataSourceBindings } = taskInputs(settings);
  const { help, place, execution } = isServerTask(manifest) ? ofServer(manifest) : ofAgent(manifest);
  const task = {
    id,
    name,
    friendlyName,
    description,
    helpMarkDown: help,
    category,
    author: 'Safe Rollout',
    version: { Major: major, Minor: first * 1000 + second, Patch: patch },
    ...place,
    instanceNameFormat,
    groups,
    inputs,
    dataSourceBindings,
    ...execution,
  };
  return `${JSON.stringify(task, null, 2)}\n`;
}

export function isServerTask(manifest: TaskManifest): manifest is ServerTask {
  return 'requests' in manifest;
}

/** The parts of a task.json that depend on who runs the task. */
interface Runner {
  readonly help: string;
  readonly place: object;
  readonly execution: object;
}

function ofAgent({ description, outputVariables }: AgentTask): Runner {
  const outputs = Object.entries(outputVariables);
  return {
    help: description,
    place: {
      minimumAgentVersion: OLDEST_AGENT,
      visibility: ['Build', 'Release'],
      runsOn: ['Agent', 'DeploymentGroup'],
    },
    execution: {
      outputVariables: outputs.map(([variable, holds]) => ({ name: variable, description: holds })),
      // Not `commands: restricted`: that mode blocks the upload of the summary.
      restrictions: { settableVariables: { allowed: Object.keys(outputVariables) } },
      execution: Object.fromEntries(HANDLERS.map((handler) => [handler, { target: 'task.js', argumentFormat: '' }])),
    },
  };
}

/** `Server` is an agentless job, in YAML too; `ServerGate` a gate of a classic release (documented). */
function ofServer({ help, requests }: ServerTask): Runner {
  return {
    help,
    place: { visibility: ['Build', 'Release'], runsOn: ['Server', 'ServerGate'] },
    execution: { execution: executionOf(requests) },
  };
}
