import { existsSync, readFileSync } from 'node:fs';
import { problemOfAuthorities } from '../azure/identity/pem.ts';
import { environmentProxy, parseProxy, type Proxy, type ProxyFor } from '../probe/https-agent.ts';
import { RolloutError } from '../rollout/errors.ts';
import { maskSecret } from './secrets.ts';
import tl from './task-library.ts';

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
  const extra = process.env['NODE_EXTRA_CA_CERTS'];
  return [
    readAuthorities(file, 'The agent is configured with the CA file'),
    // Node itself has warned of one that is not there.
    ...(extra && existsSync(extra) ? [readAuthorities(extra, 'NODE_EXTRA_CA_CERTS names')] : []),
  ];
}

function readAuthorities(file: string, whose: string): string {
  const bad = (why: string): RolloutError =>
    new RolloutError({ code: 'bad-input', problems: [`${whose} ${file}, which cannot be ${why}`] });
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    throw bad(`read: ${(error as Error).message}`);
  }
  const problem = problemOfAuthorities(pem);
  if (problem !== undefined) throw bad(`used: ${problem}`);
  return pem;
}

/** Proxy and certificates for one address; its bypass list leaves the proxy out. */
export function agentNetwork(address: string): AgentNetwork {
  const caFile = tl.getHttpCertConfiguration()?.caFile;
  // The client reads the variables of the job too, but nothing without a scheme.
  const proxy = (agentProxy() ?? jobProxy())?.(address);
  return {
    keepAlive: true,
    ...(caFile && { cert: { caFile } }),
    ...(proxy && {
      proxy: {
        proxyUrl: proxy.address,
        ...(proxy.username && { proxyUsername: proxy.username }),
        ...(proxy.password && { proxyPassword: proxy.password }),
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
  const [ofJob, ofAgent] = [jobProxy(), agentProxy()];
  if (ofAgent === undefined) return ofJob === undefined ? { ca } : { ca, proxyFor: ofJob };
  return {
    ca,
    proxyFor: (asked) => {
      const proxy = ofAgent(asked);
      return proxy === undefined || ofJob === undefined ? proxy : ofJob(asked);
    },
  };
}

/** @throws RolloutError `bad-input` that names the variable */
function jobProxy(): ProxyFor | undefined {
  const proxyFor = environmentProxy(process.env);
  if (proxyFor === undefined || !('problem' in proxyFor)) return proxyFor;
  throw new RolloutError({ code: 'bad-input', problems: [proxyFor.problem] });
}

/**
 * The proxy that the agent was configured with. Read here, and not by the task library: it throws for an address without
 * a scheme, and shows the address in what it throws.
 */
function agentProxy(): ProxyFor | undefined {
  const given = tl.getVariable('Agent.ProxyUrl');
  if (!given) return undefined;
  const read = parseProxy(given);
  if (typeof read === 'string') throw badProxy(`The agent's proxy (Agent.ProxyUrl) ${read}`);
  const [username, password] = [tl.getVariable('Agent.ProxyUsername'), tl.getVariable('Agent.ProxyPassword')];
  const proxy: Proxy = username ? { address: read.address, username, ...(password && { password }) } : read;
  maskSecret(proxy.password);
  const past = bypassed();
  return (asked) => (past.some((pattern) => pattern.test(asked)) ? undefined : proxy);
}

/** Regular expressions on the whole address, as the agent reads them. */
function bypassed(): readonly RegExp[] {
  try {
    const listed = JSON.parse(tl.getVariable('Agent.ProxyBypassList') || '[]') as readonly string[];
    return listed.map((pattern) => new RegExp(pattern, 'i'));
  } catch (error) {
    throw badProxy(`The agent's list of hosts past its proxy cannot be read: ${(error as Error).message}`);
  }
}

function badProxy(problem: string): RolloutError {
  return new RolloutError({ code: 'bad-input', problems: [problem] });
}
