import { existsSync, readFileSync } from 'node:fs';
import tl from 'azure-pipelines-task-lib/task.js';
import { RolloutError } from '../rollout/errors.ts';
import { maskSecret } from './secrets.ts';

/** How the agent was told to reach a server, in the words of Azure DevOps' own client. */
export interface AgentNetwork {
  /** One connection for all requests, instead of one each. */
  readonly keepAlive: true;
  readonly cert?: { readonly caFile: string };
  readonly proxy?: {
    readonly proxyUrl: string;
    readonly proxyUsername?: string;
    readonly proxyPassword?: string;
  };
}

/**
 * The certificate authorities that the agent was configured with, beside those of Node. PEM texts. With them go those of
 * NODE_EXTRA_CA_CERTS: Node 20 knows these only in connections that are given none (measured).
 */
export function agentCa(): readonly string[] {
  const file = tl.getHttpCertConfiguration()?.caFile;
  if (!file) return [];
  try {
    const extra = process.env['NODE_EXTRA_CA_CERTS'];
    // Node itself has warned of one that is not there.
    return [file, ...(extra && existsSync(extra) ? [extra] : [])].map((one) => readFileSync(one, 'utf8'));
  } catch (error) {
    const problem = `The agent is configured with the CA file ${file}, which cannot be read: ${(error as Error).message}`;
    throw new RolloutError({ code: 'bad-input', problems: [problem] });
  }
}

/** Proxy and certificates for one address; its bypass list leaves the proxy out. */
export function agentNetwork(address: string): AgentNetwork {
  const caFile = tl.getHttpCertConfiguration()?.caFile;
  const proxy = tl.getHttpProxyConfiguration(address);
  maskSecret(proxy?.proxyPassword);
  return {
    keepAlive: true,
    ...(caFile && { cert: { caFile } }),
    ...(proxy && {
      proxy: {
        proxyUrl: proxy.proxyUrl,
        ...(proxy.proxyUsername && { proxyUsername: proxy.proxyUsername }),
        ...(proxy.proxyPassword && { proxyPassword: proxy.proxyPassword }),
      },
    }),
  };
}

/**
 * Has Azure's SDK use the agent's proxy: it takes one from the environment of its process, and there the addresses that
 * the agent reaches without it (its bypass list; private endpoints). A variable that is already set stays. With a proxy
 * the SDK trusts the CA of the agent only through NODE_EXTRA_CA_CERTS (measured).
 */
export function useAgentProxy(...addresses: readonly string[]): void {
  const direct: string[] = [];
  for (const address of addresses) {
    const proxy = tl.getHttpProxyConfiguration(address);
    if (proxy === null) direct.push(new URL(address).hostname);
    maskSecret(proxy?.proxyPassword);
    if (proxy !== null) process.env['HTTPS_PROXY'] ??= proxy.proxyFormattedUrl;
  }
  if (direct.length < addresses.length && direct.length > 0)
    process.env['NO_PROXY'] = [process.env['NO_PROXY'] ?? [], ...direct].flat().join(',');
}
