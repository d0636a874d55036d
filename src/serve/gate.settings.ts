import { AZURE_DEVOPS_HOSTS, HOST_PATTERN } from '../gate/host-pattern.ts';
import { isRange } from '../gate/addresses.ts';
import { parseBlobAddress, type BlobAddress } from '../journal/blob-address.ts';
import { recordSettings } from '../rollout/promotion/promotion.settings.ts';
import { boolean, duration, fail, int, list, pass, path, setting, text } from '../settings/kinds.ts';
import { declare, optional, withDefault, type Description, type Setting } from '../settings/setting.ts';

/** Where evaluations are kept. */
export type StateChoice =
  | { readonly store: 'folder'; readonly path: string }
  | { readonly store: 'blob'; readonly address: BlobAddress };

const UUID = {
  matches: /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i,
  rule: 'must be an id such as 11111111-2222-3333-4444-555555555555',
};
/** Whose tokens are taken: all of it is said, or none. */
const ENTRA = ['entraTenant', 'entraAudiences', 'entraApps'] as const;
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/;

/** What the gate service is started with. Its secrets come from the environment: a command line is seen by everybody. */
export const gateSettings = declare(
  {
    action: text({
      label: 'Action',
      help: '`serve`, which may stand without its flag.',
      pattern: { matches: /^serve$/, rule: "must be 'serve'" },
    }),
    host: withDefault(
      text({
        label: 'Host',
        help: 'Address to listen at. Others than those of this machine need a certificate, or --plain-http.',
        pattern: { matches: /^[\w.:-]{1,253}$/, rule: 'must be an address or a name of this machine' },
      }),
      '127.0.0.1',
    ),
    port: withDefault(
      int({ label: 'Port', help: 'Port to listen at; 0 takes any free one.', min: 0, max: 65_535 }),
      '8080',
    ),
    certFile: optional(path({ label: 'Certificate', help: 'Certificate chain as PEM: with it https is spoken.' })),
    keyFile: optional(path({ label: 'Private key', help: 'Its private key as PEM.' })),
    plainHttp: withDefault(
      boolean({
        label: 'Plain http',
        help: 'Speaks http at an address that others reach: for a proxy in front of it that ends TLS, and lets nobody past.',
      }),
      'false',
    ),
    state: withDefault(
      state({
        label: 'State',
        help: 'Where evaluations for callbacks are kept: a folder, or a container of Azure Blob Storage (`https://<account>.blob.core.windows.net/<container>`).',
      }),
      '.safe-rollout/gate',
    ),
    timeout: withDefault(
      duration({
        label: 'Timeout',
        help: "How long a callback is evaluated when its body does not say it. Less than the check's own timeout in Azure DevOps.",
        minMs: 1000,
        maxMs: 48 * 3_600_000,
      }),
      '1h',
    ),
    graphFile: optional(
      path({ label: 'Service graph', help: 'The services that can be asked by their names.', group: 'checks' }),
    ),
    environmentName: optional(
      text({ label: 'Environment', help: 'The environment of the graph file whose names are used.', group: 'checks' }),
    ),
    resourceGroupName: optional(
      text({ label: 'Resource group', help: 'Of services for which the graph file names none.', group: 'checks' }),
    ),
    journal: {
      ...optional(recordSettings.journal),
      help: 'The journal for rollout-state: a file or a container of Azure Blob Storage.',
      group: 'checks',
    },
    sonarqubeUrl: optional(
      text({
        label: 'SonarQube',
        help: 'Address of the server for sonarqube; its token is read from SONAR_TOKEN.',
        pattern: { matches: /^https:\/\/[^\s?#@]+$/, rule: 'must be an https address' },
        group: 'checks',
      }),
    ),
    repositories: optional(
      path({
        label: 'Repositories',
        help: 'Folder of git clones for order, NAME or NAME.git each. Nothing is fetched into them.',
        group: 'checks',
      }),
    ),
    probeHosts: optional(
      list({
        label: 'Probe hosts',
        help: 'Hosts that a request may name for a probe, by comma: `*.azurewebsites.net`. None when left out; services of the graph file need no entry.',
        item: { matches: /^[\w*.:[\]-]{1,253}$/, rule: HOST_PATTERN.rule },
        group: 'access',
      }),
    ),
    internalAddresses: optional(
      list({
        label: 'Internal addresses',
        help: 'Ranges of internal addresses that probes may connect to, by comma: `10.1.0.0/16`. None when left out, whatever a name resolves to.',
        group: 'access',
      }),
    ),
    entraTenant: optional(
      text({
        label: 'Entra tenant',
        help: 'Id of the tenant whose applications may ask with a token, beside who knows the secret.',
        pattern: UUID,
        group: 'access',
      }),
    ),
    entraAudiences: optional(
      list({
        label: 'Entra audiences',
        help: 'Whom a token must be made out to, by comma: `api://...`, or the id of the registration.',
        item: { matches: /^[\w:/.-]{1,200}$/, rule: 'must be an id, or the address of an application' },
        group: 'access',
      }),
    ),
    entraApps: optional(
      list({
        label: 'Entra applications',
        help: 'Ids of the applications that may ask, by comma.',
        item: UUID,
        group: 'access',
      }),
    ),
    callbackHosts: optional(
      list({
        label: 'Callback hosts',
        help: `Hosts of Azure DevOps Server that results may go to, beside ${AZURE_DEVOPS_HOSTS.join(', ')}.`,
        item: HOST_PATTERN,
        group: 'access',
      }),
    ),
    maxEvaluations: withDefault(
      int({
        label: 'Evaluations',
        help: 'Callbacks that are evaluated at the same time.',
        min: 1,
        max: 5000,
        group: 'access',
      }),
      '500',
    ),
    maxRequests: withDefault(
      int({
        label: 'Requests',
        help: 'Requests that are answered at the same time.',
        min: 1,
        max: 5000,
        group: 'access',
      }),
      '300',
    ),
  },
  {
    groups: { checks: 'What checks ask', access: 'Who may be reached, and how much at once' },
    rules: [
      ({ certFile, keyFile }) =>
        (certFile === undefined) !== (keyFile === undefined)
          ? {
              name: certFile === undefined ? 'certFile' : 'keyFile',
              rule: 'is missing: --cert-file and --key-file belong together',
            }
          : undefined,
      (given) => {
        const [missing, ...others] = ENTRA.filter((name) => given[name] === undefined);
        return missing === undefined || others.length === ENTRA.length - 1
          ? undefined
          : { name: missing, rule: 'is missing: --entra-tenant, --entra-audiences and --entra-apps belong together' };
      },
      ({ host, certFile, plainHttp }) =>
        !LOOPBACK.test(host) && certFile === undefined && !plainHttp
          ? {
              name: 'host',
              rule: 'is reached by others, and job tokens would go there as plain text: give --cert-file and --key-file, or --plain-http where a proxy in front of it ends TLS',
            }
          : undefined,
      ({ internalAddresses }) => {
        const wrong = internalAddresses?.find((one) => !isRange(one));
        return wrong === undefined
          ? undefined
          : {
              name: 'internalAddresses',
              rule: `holds '${wrong}', which must be an address or a range such as 10.1.0.0/16`,
            };
      },
    ],
  },
);

function state(about: Description): Setting<StateChoice> {
  return setting<StateChoice>('text', about, (given) => {
    if (!/^[a-z][a-z\d+.-]+:\/\//i.test(given))
      return given.includes('\0') ? fail('must not hold a NUL character') : pass({ store: 'folder', path: given });
    const address = parseBlobAddress(given);
    return typeof address === 'string' ? fail(address) : pass({ store: 'blob', address });
  });
}
