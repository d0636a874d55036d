import { existsSync, readFileSync } from 'node:fs';
import tl from 'azure-pipelines-task-lib/task.js';
import { environmentProxy, type Proxy, type ProxyFor } from '../probe/https-agent.ts';
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
function agentCa(): readonly string[] {
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
 * How Azure and the apps are reached: by the agent's authorities, through its proxy, and past it where its bypass list
 * says so. A proxy that the job itself names (HTTPS_PROXY) stands before that of the agent.
 */
export function azureNetwork(): { readonly ca: readonly string[]; readonly proxyFor?: ProxyFor } {
  const ca = agentCa();
  const ofJob = environmentProxy(process.env);
  const ofAgent = tl.getHttpProxyConfiguration();
  maskSecret(ofAgent?.proxyPassword);
  if (ofAgent === null) return ofJob === undefined ? { ca } : { ca, proxyFor: ofJob };
  const { proxyUrl: address, proxyUsername: username, proxyPassword: password } = ofAgent;
  const proxy: Proxy = { address, ...(username && { username, ...(password && { password }) }) };
  return {
    ca,
    proxyFor: (asked) => {
      if (tl.getHttpProxyConfiguration(asked) === null) return undefined;
      return ofJob === undefined ? proxy : ofJob(asked);
    },
  };
}
