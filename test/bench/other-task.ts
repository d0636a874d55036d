import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Emulator } from '../../src/emulator/start.ts';
import { agentEnvironment, inputVariables, type TaskJson } from '../tasks/build-agent.ts';

/** What Azure Pipelines fills into a connection beside what our own tasks read. */
const CONNECTION_DATA = { environment: 'AzureCloud', scopeLevel: 'Subscription' };

/**
 * Inputs of the swap under the names of AzureAppServiceManage, which are those of most tasks that swap. A script with a
 * task.json beside it gets the defaults of that too, and more of its own by `--input NAME=VALUE`.
 */
export const CLASSIC_INPUTS = {
  ConnectedServiceName: 'contoso',
  Action: 'Swap Slots',
  WebAppName: 'app-contoso-store',
  ResourceGroupName: 'rg-contoso-prod',
  SourceSlot: 'staging',
  SwapWithProduction: 'true',
  TargetSlot: 'production',
  PreserveVnet: 'true',
} as const;

/** The environment in which the agent would start the script of somebody else's task, with our Azure behind it. */
export function otherEnvironment(
  script: string,
  emulator: Emulator,
  more: Readonly<Record<string, string>>,
): Record<string, string> {
  const inputs = { ...CLASSIC_INPUTS, ...more };
  const file = join(dirname(script), 'task.json');
  const task: TaskJson = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as TaskJson)
    : { execution: {}, inputs: Object.keys(inputs).map((name) => ({ name })) };
  const data = {
    ...CONNECTION_DATA,
    activeDirectoryServiceEndpointResourceId: emulator.armUrl,
    activeDirectoryAuthority: `${emulator.authorityUrl}/`,
  };
  return {
    ...agentEnvironment(emulator),
    ...Object.fromEntries(
      Object.entries(data).map(([name, value]) => [`ENDPOINT_DATA_contoso_${name.toUpperCase()}`, value]),
    ),
    // Not every task reads the authorities that its agent is configured with.
    NODE_EXTRA_CA_CERTS: emulator.caFile,
    ...inputVariables(task, inputs),
  };
}
