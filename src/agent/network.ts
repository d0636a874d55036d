import { readFileSync } from 'node:fs';
import tl from 'azure-pipelines-task-lib/task.js';
import { RolloutError } from '../rollout/errors.ts';
import { maskSecret } from './secrets.ts';

export interface Proxy {
  readonly url: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** The certificate authorities that the agent was configured with, beside those of Node. PEM texts. */
export function agentCa(): readonly string[] {
  const file = tl.getHttpCertConfiguration()?.caFile;
  if (!file) return [];
  try {
    return [readFileSync(file, 'utf8')];
  } catch (error) {
    const problem = `The agent is configured with the CA file ${file}, which cannot be read: ${(error as Error).message}`;
    throw new RolloutError({ code: 'bad-input', problems: [problem] });
  }
}

/** The proxy that the agent was configured with, unless its bypass list names the address. */
export function agentProxy(address: string): Proxy | undefined {
  const configuration = tl.getHttpProxyConfiguration(address);
  if (configuration === null) return undefined;
  maskSecret(configuration.proxyPassword);
  return {
    url: configuration.proxyUrl,
    username: configuration.proxyUsername || undefined,
    password: configuration.proxyPassword || undefined,
  };
}
