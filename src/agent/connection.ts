import { RolloutError } from '../rollout/errors.ts';
import { text } from '../settings/kinds.ts';
import { describeProblem, readSettings } from '../settings/read.ts';
import { declare, optional, withDefault } from '../settings/setting.ts';
import { readEndpoint } from './endpoint.ts';

/** An Azure Resource Manager service connection that signs in with a client secret. */
export interface ArmConnection {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly subscriptionId: string;
  /** `https://management.azure.com`, or that of another cloud; no slash at its end. */
  readonly armEndpoint: string;
  readonly authorityHost: string;
}

const about = (help: string) => ({ label: 'Service connection', help: `${help} Edit the service connection.` });
const ADDRESS = { matches: /^https:\/\/\S+$/, rule: 'must be an https address' };

/** The fields of the connection, under the names that Azure Pipelines gives them. */
const fields = declare({
  tenantid: text(about('The tenant to sign in to.')),
  serviceprincipalid: text(about('The application that signs in.')),
  serviceprincipalkey: text({ ...about('The secret of the application.'), secret: true }),
  subscriptionid: text(about('A connection to a subscription is needed, not one to a management group.')),
  url: withDefault(
    text({ ...about('Where Azure Resource Manager is.'), pattern: ADDRESS }),
    'https://management.azure.com/',
  ),
  environmentAuthorityUrl: optional(text({ ...about('Where to sign in.'), pattern: ADDRESS })),
  activeDirectoryAuthority: withDefault(
    text({ ...about('Where to sign in.'), pattern: ADDRESS }),
    'https://login.microsoftonline.com/',
  ),
});

/**
 * @param id value of the input that names the connection
 * @throws RolloutError `bad-input` with all that is missing, or with the way to sign in that is not supported yet
 */
export function readArmConnection(id: string): ArmConnection {
  const endpoint = readEndpoint(id);
  const name = endpoint.field('subscriptionname') ?? id;
  const scheme = endpoint.scheme ?? 'ServicePrincipal';
  const key = endpoint.field('authenticationType') ?? 'spnKey';
  const isServicePrincipal = scheme.toLowerCase() === 'serviceprincipal';
  if (!isServicePrincipal || key.toLowerCase() !== 'spnkey') {
    const way = isServicePrincipal ? `${scheme} and ${key}` : scheme;
    throw badInput([
      `Service connection '${name}' signs in with ${way}, which is not supported yet. Use one with a service principal and a secret.`,
    ]);
  }
  const reading = readSettings(fields, (field) => (field === 'url' ? endpoint.url : endpoint.field(field)));
  if (!reading.ok)
    throw badInput(reading.problems.map((problem) => `Service connection '${name}': ${describeProblem(problem)}`));
  const { settings } = reading;
  return {
    tenantId: settings.tenantid,
    clientId: settings.serviceprincipalid,
    clientSecret: settings.serviceprincipalkey,
    subscriptionId: settings.subscriptionid,
    armEndpoint: withoutSlash(settings.url),
    authorityHost: withoutSlash(settings.environmentAuthorityUrl ?? settings.activeDirectoryAuthority),
  };
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, '');
}

function badInput(problems: readonly string[]): RolloutError {
  return new RolloutError({ code: 'bad-input', problems });
}
