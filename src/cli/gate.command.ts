import { readFileSync } from 'node:fs';
import { azureAlerts } from '../azure/monitor/alerts.ts';
import { BlobClient, type BlobOptions } from '../azure/blob/blob-client.ts';
import { blobJournal } from '../azure/blob/blob-journal.ts';
import { blobNotes } from '../azure/blob/blob-notes.ts';
import { azureHosts } from '../azure/hosts.ts';
import { taskCallback } from '../devops/task-callback.ts';
import { signingKeys } from '../azure/identity/signing-keys.ts';
import { admitting } from '../gate/addresses.ts';
import { issuersOf, whyNotTaken } from '../gate/entra-token.ts';
import { AZURE_DEVOPS_HOSTS } from '../gate/host-pattern.ts';
import type { NoteStore } from '../gate/ports.ts';
import { SHORTEST_SECRET } from '../gate/secret.ts';
import { commandHost } from '../host/command.ts';
import { noteFolder } from '../host/note-folder.ts';
import { orderAtCommit } from '../host/order-at-commit.ts';
import { sonarqube } from '../host/sonarqube.ts';
import { readText } from '../host/text-file.ts';
import type { JournalStore } from '../journal/entry.ts';
import { fileJournal } from '../journal/file-journal.ts';
import { httpGet } from '../probe/http.ts';
import { httpsAgent } from '../probe/https-agent.ts';
import { RolloutError } from '../rollout/errors.ts';
import { loadEnvironment } from '../rollout/planning/load-catalogue.ts';
import type { JournalChoice } from '../rollout/promotion/promotion.settings.ts';
import { gateSettings, type StateChoice } from '../serve/gate.settings.ts';
import { jsonLog } from '../serve/log.ts';
import { runGate } from '../serve/run-gate.ts';
import { checkTable } from '../serve/checks/table.ts';
import type { ReadRun } from '../serve/checks/rollout-state.ts';
import { systemClock } from '../time/clock.ts';
import { accountFlags, readSignIn, type SignIn } from './account.ts';
import { command, type Session } from './command.ts';
import { atPort } from './port-problem.ts';
import { accountOf, azureOf, journalFile, networkOf } from './rollout-ports.ts';

/** As where no subscription is known: services whose probes have addresses of their own can be asked without one. */
const NO_SUBSCRIPTION = '00000000-0000-0000-0000-000000000000';
const SECRET = 'SAFE_ROLLOUT_GATE_SECRET';
/** Runs whose journals are kept in memory: who asks comes again. */
const MOST_RUNS = 20;

export default command({
  name: 'gate',
  usage: 'serve',
  description: `Runs a service that checks of environments in Azure Pipelines (Invoke REST API, Azure Function) and gates of classic releases
ask: is a service healthy, is its routing at rest, does a run's journal say that it is verified, are alerts open, is a quality
gate passed, does a pipeline keep the order? Answers at once (POST /check/NAME), or by a callback when there is a verdict (POST
/callback/NAME). Unknown is never a pass.

Needs a shared secret of ${SHORTEST_SECRET} characters or more in ${SECRET} (${SECRET}_PREVIOUS while it is changed); takes tokens
of Entra beside it, where --entra-tenant, --entra-audiences and --entra-apps say whose. Logs lines of JSON
on stderr; SIGTERM ends it, and what is open is gone on with at the next start. GET /healthz and /metrics need no secret.
docs/gate-service.md tells how a check is set up.`,
  examples: [
    [
      'safe-rollout gate serve --graph-file service-graph.yml',
      'on this machine, at port 8080, behind a proxy that ends TLS',
    ],
    [
      'safe-rollout gate serve --host 0.0.0.0 --cert-file gate.pem --key-file gate-key.pem --probe-hosts *.contoso.com',
      'with a certificate of its own, for addresses that requests name',
    ],
    [
      'safe-rollout gate serve --graph-file service-graph.yml --state https://contoso.blob.core.windows.net/gate',
      'with its state where any machine finds it',
    ],
  ],
  declaration: gateSettings,
  extra: accountFlags,
  positional: 'action',
  run: async (settings, session) => {
    const secrets = readSecrets(session.env);
    const tls = readTls(settings);
    const hasAccount = (session.flags('subscription') ?? session.env['AZURE_SUBSCRIPTION_ID'] ?? '') !== '';
    const account = hasAccount ? await accountOf(session) : undefined;
    const signIn: SignIn = account ?? readSignIn(session.flags, session.env);
    const azure = azureOf(signIn, session.env);
    const network = networkOf(signIn, session.env);
    const { graphFile, environmentName, probeHosts = [], internalAddresses = [], callbackHosts = [] } = settings;
    const catalogue =
      graphFile === undefined ? undefined : await loadEnvironment(graphFile, environmentName, { readText });
    const { ca = [] } = network;
    const agent = httpsAgent({ ...network, connections: 32 });
    const { sonarqubeUrl, repositories, resourceGroupName } = settings;
    const checks = checkTable({
      clock: systemClock,
      // Through a proxy its own resolver would say where a probe goes: what is probed is connected to from here.
      http: httpGet({ ca, admit: admitting(internalAddresses) }),
      admit: admitting(internalAddresses),
      probeHosts,
      catalogue,
      account: { subscription: account?.subscription ?? NO_SUBSCRIPTION, resourceGroup: resourceGroupName },
      hosts: account && azureHosts(azure),
      alerts: account && azureAlerts(azure),
      readRun: settings.journal && readRunOf(settings.journal, azure),
      quality:
        sonarqubeUrl === undefined
          ? undefined
          : sonarqube(sonarqubeUrl.replace(/\/+$/, ''), session.env['SONAR_TOKEN'], httpGet(network)),
      order:
        repositories === undefined
          ? undefined
          : orderAtCommit(repositories, [process.execPath, process.argv[1] ?? ''], commandHost('.', session.env)),
    });
    const { host, port, maxRequests, maxEvaluations, timeout } = settings;
    await atPort(port, () =>
      runGate(
        { host, port, tls, requests: maxRequests, evaluations: maxEvaluations, timeoutMs: timeout },
        {
          checks,
          secrets,
          whyNotTaken: tokensOf(settings, signIn.endpoints.authority, network),
          callbackHosts: [...AZURE_DEVOPS_HOSTS, ...callbackHosts],
          store: storeOf(settings.state, azure),
          callback: (place, token) => taskCallback(place, token, agent),
          clock: systemClock,
          log: jsonLog(
            (line) => session.say(line),
            () => systemClock.now(),
          ),
          listening: (url, open) =>
            session.print(`The gate service is at ${url}. It knows ${[...checks.keys()].join(', ')}.`, {
              ok: true,
              url,
              checks: [...checks.keys()],
              resumed: open,
            }),
        },
        session.signal,
      ),
    );
    return {
      exitCode: 0,
      succeeded: true,
      sentence: 'The gate service has ended.',
      text: '',
      document: undefined,
      outputs: {},
      markdown: '',
      findings: [],
    };
  },
});

/** @throws RolloutError `bad-input` */
function readSecrets(env: Session['env']): readonly string[] {
  const names = [SECRET, `${SECRET}_PREVIOUS`];
  const [current, previous] = names.map((name) => env[name]?.trim() ?? '');
  const problems = [
    ...(current === ''
      ? [`${SECRET} is required: a secret that the checks show, such as the output of openssl rand -hex 32.`]
      : []),
    ...names
      .filter((name) => {
        const length = env[name]?.trim().length ?? 0;
        return length > 0 && length < SHORTEST_SECRET;
      })
      .map(
        (name) =>
          `${name} is too short: ${SHORTEST_SECRET} characters or more, such as the output of openssl rand -hex 32.`,
      ),
  ];
  if (problems.length > 0) throw new RolloutError({ code: 'bad-input', problems });
  return [current!, ...(previous === undefined || previous === '' ? [] : [previous])];
}

/** Judges tokens of Entra, where a tenant was named. */
function tokensOf(
  { entraTenant: tenant, entraAudiences: audiences = [], entraApps: apps = [] }: EntraSettings,
  authority: string,
  network: ReturnType<typeof networkOf>,
): ((token: string) => Promise<string | undefined>) | undefined {
  if (tenant === undefined) return undefined;
  const trust = { tenant, audiences, apps, issuers: issuersOf(authority, tenant) };
  const keys = signingKeys(authority, tenant, httpGet(network), systemClock);
  // On their way before anybody asks: the first answer is due within seconds, too.
  void keys.find('').catch(() => undefined);
  return async (token) => await whyNotTaken(token, trust, keys, systemClock.now());
}

interface EntraSettings {
  readonly entraTenant: string | undefined;
  readonly entraAudiences: readonly string[] | undefined;
  readonly entraApps: readonly string[] | undefined;
}

/** @throws RolloutError `bad-input` */
function readTls({
  certFile,
  keyFile,
}: {
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}) {
  if (certFile === undefined || keyFile === undefined) return undefined;
  const read = (flag: string, file: string): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      throw new RolloutError({
        code: 'bad-input',
        problems: [`${flag}: '${file}' cannot be read: ${(error as Error).message}`],
      });
    }
  };
  return { cert: read('--cert-file', certFile), key: read('--key-file', keyFile) };
}

function storeOf(choice: StateChoice, azure: BlobOptions): NoteStore {
  return choice.store === 'folder' ? noteFolder(choice.path) : blobNotes(new BlobClient(choice.address, azure));
}

/** Journals by their runs; the stores remember what they have read. */
function readRunOf(choice: JournalChoice, azure: BlobOptions): ReadRun {
  const make = (): JournalStore =>
    choice.store === 'blob' ? blobJournal(new BlobClient(choice.address, azure)) : fileJournal(journalFile(choice));
  make();
  const stores = new Map<string, JournalStore>();
  return async (run) => {
    const store = stores.get(run) ?? make();
    stores.delete(run);
    stores.set(run, store);
    for (const old of stores.keys()) if (stores.size > MOST_RUNS) stores.delete(old);
    return await store.read(run);
  };
}
