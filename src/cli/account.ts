import { readFileSync } from 'node:fs';
import type { AzureEndpoints, AzureIdentity } from '../azure/identity/credentials.ts';
import { problemOfAuthorities } from '../azure/identity/pem.ts';
import { RolloutError } from '../rollout/errors.ts';
import { flagOf } from '../settings/flags.ts';
import { path, text } from '../settings/kinds.ts';
import { describeProblem, readSettings, type Source } from '../settings/read.ts';
import { declare, optional, withDefault } from '../settings/setting.ts';

const ADDRESS = { matches: /^https:\/\/[^\s/]+\/*$/, rule: 'must be an https address without a path' };

/** Where Azure is: flags of every command that talks to it. */
export const endpointSettings = {
  armEndpoint: withDefault(
    text({ label: 'ARM endpoint', help: 'Address of Azure Resource Manager.', pattern: ADDRESS }),
    'https://management.azure.com',
  ),
  authorityHost: withDefault(
    text({ label: 'Authority host', help: 'Address to sign in at.', pattern: ADDRESS }),
    'https://login.microsoftonline.com',
  ),
  caFile: optional(path({ label: 'CA file', help: 'Certificate authorities to trust beside those of Node, as PEM.' })),
};

/** Whose Azure it is. Only the subscription may stand on a command line: secrets there are seen by everybody. */
const identitySettings = {
  subscription: text({ label: 'Subscription', help: 'Set AZURE_SUBSCRIPTION_ID or --subscription to its id or name.' }),
  tenantId: optional(text({ label: 'Tenant', help: 'Tenant to sign in to.' })),
  clientId: optional(text({ label: 'Client', help: 'Application that signs in.' })),
  clientSecret: optional(text({ label: 'Client secret', help: 'Its secret.', secret: true })),
};

export const accountFlags = { subscription: identitySettings.subscription, ...endpointSettings };

const account = declare(
  { ...identitySettings, ...endpointSettings },
  {
    rules: [
      ({ clientSecret, clientId, tenantId }) =>
        clientSecret !== undefined && (clientId === undefined || tenantId === undefined)
          ? { name: 'clientSecret', rule: 'needs AZURE_TENANT_ID and AZURE_CLIENT_ID beside it' }
          : undefined,
    ],
  },
);

/** The environment variable that stands for a setting that no flag gave. The names of the Azure SDKs where they exist. */
const VARIABLES: Readonly<Record<keyof typeof account.settings, string>> = {
  subscription: 'AZURE_SUBSCRIPTION_ID',
  tenantId: 'AZURE_TENANT_ID',
  clientId: 'AZURE_CLIENT_ID',
  clientSecret: 'AZURE_CLIENT_SECRET',
  armEndpoint: 'SAFE_ROLLOUT_ARM_ENDPOINT',
  authorityHost: 'AZURE_AUTHORITY_HOST',
  caFile: 'SAFE_ROLLOUT_CA_FILE',
};

export interface Account {
  /** Id or name: `findSubscription` makes an id of it. */
  readonly subscription: string;
  readonly identity: AzureIdentity;
  readonly endpoints: AzureEndpoints;
}

/**
 * Reads who we are towards Azure, from flags and from the environment.
 * @throws RolloutError `bad-input` with everything that is wrong
 */
export function readAccount(flags: Source, env: Readonly<Record<string, string | undefined>>): Account {
  const variableOf = (name: string): string => VARIABLES[name as keyof typeof VARIABLES];
  const reading = readSettings(account, (name) => flags(name) ?? env[variableOf(name)]);
  if (!reading.ok) {
    const problems = reading.problems.map((problem) => {
      const name = flags(problem.name) === undefined ? variableOf(problem.name) : flagOf(problem.name);
      return describeProblem({ ...problem, name });
    });
    throw new RolloutError({ code: 'bad-input', problems });
  }
  const { subscription, tenantId, clientId, clientSecret, armEndpoint, authorityHost, caFile } = reading.settings;
  return {
    subscription,
    identity:
      clientSecret !== undefined && clientId !== undefined && tenantId !== undefined
        ? { kind: 'secret', tenantId, clientId, clientSecret }
        : { kind: 'ambient' },
    endpoints: {
      arm: armEndpoint.replace(/\/+$/, ''),
      authority: authorityHost.replace(/\/+$/, ''),
      ca: caFile === undefined ? [] : [readCa(caFile)],
    },
  };
}

/** Who we are towards Azure where no subscription is touched: a container is known by its address alone. */
export type SignIn = Omit<Account, 'subscription'>;

/** @throws RolloutError `bad-input` with everything that is wrong */
export function readSignIn(flags: Source, env: Readonly<Record<string, string | undefined>>): SignIn {
  const { identity, endpoints } = readAccount((name) => (name === 'subscription' ? 'none' : flags(name)), env);
  return { identity, endpoints };
}

function readCa(file: string): string {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    throw badCa(file, (error as Error).message);
  }
  const problem = problemOfAuthorities(pem);
  if (problem !== undefined) throw badCa(file, problem);
  return pem;
}

function badCa(file: string, why: string): RolloutError {
  return new RolloutError({ code: 'bad-input', problems: [`--ca-file: '${file}' cannot be used: ${why}`] });
}
