import type { ConnectionIdentity } from '../azure/identity/credentials.ts';
import { lacksLines, PEM_LINES } from '../azure/identity/pem.ts';
import { RolloutError } from '../rollout/errors.ts';
import { fail, text } from '../settings/kinds.ts';
import { describeProblem, readSettings } from '../settings/read.ts';
import {
  declare,
  optional,
  withDefault,
  type Declaration,
  type SettingRecord,
  type ValuesOf,
} from '../settings/setting.ts';
import { readEndpoint, type Endpoint } from './endpoint.ts';

/** How an Azure Resource Manager service connection signs in. `federated` gets its tokens from Azure DevOps. */
export type SignIn = Exclude<ConnectionIdentity, { kind: 'federated' }> | Federated;

interface Federated {
  readonly kind: 'federated';
  readonly tenantId: string;
  readonly clientId: string;
  readonly connectionId: string;
}

/** An Azure Resource Manager service connection. */
export interface ArmConnection {
  readonly signIn: SignIn;
  readonly subscriptionId: string;
  /** `https://management.azure.com`, or that of another cloud; no slash at its end. */
  readonly armEndpoint: string;
  readonly authorityHost: string;
}

const about = (help: string) => ({ label: 'Service connection', help: `${help} Edit the service connection.` });
const ADDRESS = { matches: /^https:\/\/\S+$/, rule: 'must be an https address' };

/** The fields of every connection, under the names that Azure Pipelines gives them. */
const place = {
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
};
const application = {
  tenantid: text(about('The tenant to sign in to.')),
  serviceprincipalid: text(about('The application that signs in.')),
};
const PEM = { matches: /-----BEGIN [\s\S]+-----BEGIN /, rule: 'must be PEM: the certificate and its private key' };
const certificate = text({ ...about('The certificate.'), secret: true, pattern: PEM });

const FIELDS = {
  secret: declare({
    ...place,
    ...application,
    serviceprincipalkey: text({ ...about('The secret of the application.'), secret: true }),
  }),
  certificate: declare({
    ...place,
    ...application,
    servicePrincipalCertificate: {
      ...certificate,
      parse: (given) => (lacksLines(given) ? fail(PEM_LINES) : certificate.parse(given)),
    },
  }),
  federated: declare({ ...place, ...application }),
  managed: declare({ ...place, msiclientId: optional(text(about('The identity, where the machine has several.'))) }),
};

/**
 * @param id value of the input that names the connection
 * @throws RolloutError `bad-input` with all that is missing, or with the way to sign in that is not supported
 */
export function readArmConnection(id: string): ArmConnection {
  const endpoint = readEndpoint(id);
  const name = endpoint.field('subscriptionname') ?? id;
  function read<R extends SettingRecord>(declaration: Declaration<R>): ValuesOf<R> {
    const reading = readSettings(declaration, (field) => (field === 'url' ? endpoint.url : endpoint.field(field)));
    if (reading.ok) return reading.settings;
    throw badInput(reading.problems.map((problem) => `Service connection '${name}': ${describeProblem(problem)}`));
  }
  switch (kindOf(endpoint)) {
    case 'secret': {
      const { tenantid: tenantId, serviceprincipalid: clientId, ...rest } = read(FIELDS.secret);
      return {
        signIn: { kind: 'secret', tenantId, clientId, clientSecret: rest.serviceprincipalkey },
        ...placeOf(rest),
      };
    }
    case 'certificate': {
      const { tenantid: tenantId, serviceprincipalid: clientId, ...rest } = read(FIELDS.certificate);
      const pem = rest.servicePrincipalCertificate;
      return { signIn: { kind: 'certificate', tenantId, clientId, pem }, ...placeOf(rest) };
    }
    case 'federated': {
      const { tenantid: tenantId, serviceprincipalid: clientId, ...rest } = read(FIELDS.federated);
      return { signIn: { kind: 'federated', tenantId, clientId, connectionId: id }, ...placeOf(rest) };
    }
    case 'managed': {
      const { msiclientId, ...rest } = read(FIELDS.managed);
      return { signIn: { kind: 'managed', clientId: msiclientId }, ...placeOf(rest) };
    }
    case undefined:
      throw badInput([
        `Service connection '${name}' signs in with ${endpoint.scheme ?? ''}, which reaches one app only. Use an Azure Resource Manager connection: workload identity federation, a service principal or a managed identity.`,
      ]);
  }
}

/** Schemes as Azure Pipelines names them; without any it is the oldest. */
function kindOf(endpoint: Endpoint): SignIn['kind'] | undefined {
  switch ((endpoint.scheme ?? 'ServicePrincipal').toLowerCase()) {
    case 'serviceprincipal':
      return (endpoint.field('authenticationType') ?? '').toLowerCase() === 'spncertificate' ? 'certificate' : 'secret';
    case 'workloadidentityfederation':
      return 'federated';
    case 'managedserviceidentity':
      return 'managed';
    default:
      return undefined;
  }
}

function placeOf(settings: {
  readonly subscriptionid: string;
  readonly url: string;
  readonly environmentAuthorityUrl: string | undefined;
  readonly activeDirectoryAuthority: string;
}): Omit<ArmConnection, 'signIn'> {
  return {
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
