import { join } from 'node:path';
import { azureHosts } from '../../azure/hosts.ts';
import { credentialFor } from '../../azure/identity/any-credential.ts';
import { startEmulator } from '../../emulator/start.ts';
import { fileJournal } from '../../journal/file-journal.ts';
import { fold } from '../../journal/fold.ts';
import { recorder } from '../../journal/recorder.ts';
import { httpGet, type HttpAnswer } from '../../probe/http.ts';
import { takeSample } from '../../probe/sample.ts';
import type { DeployPorts } from '../../rollout/ports.ts';
import { journalLocks } from '../../rollout/fence/journal-locks.ts';
import type { PlannedTarget } from '../../rollout/plan/plan.ts';
import { probeTarget } from '../../rollout/way/policy.ts';
import { systemClock, type Clock } from '../../time/clock.ts';
import type { Stage, Trouble } from './kinds/kind.ts';
import type { Rehearsal } from './prepare.ts';

/** The tool's clock goes this much faster than the machine's: the waits of a cloud are not waited for. */
const PACE = 8;

const START = { now: systemClock.now(), monotonic: systemClock.monotonic() };

const FAST_CLOCK: Clock = {
  now: () => START.now + Math.round((systemClock.monotonic() - START.monotonic) * PACE),
  monotonic: () => systemClock.monotonic() * PACE,
  sleep: (ms, signal) => systemClock.sleep(ms / PACE, signal),
};

/** What production holds in the end, by the emulator itself and by asking the app. */
export interface Standing {
  readonly service: string;
  readonly release: 'old' | 'new';
  readonly verified: boolean;
  readonly healthy: boolean;
  /** How often users got something else. */
  readonly promotions: number;
}

/** An Azure of its own for one row: every app with the baseline in production, and one fault in its way. */
export interface RowWorld {
  /** Ports of one more process; all it shares with others is the journal and Azure. */
  ports(): DeployPorts;
  standing(): Promise<Standing[]>;
  close(): Promise<void>;
}

/** A service of a row, and what the emulator shows of it. */
interface OnStage {
  readonly app: PlannedTarget;
  readonly stage: Stage;
}

export async function rowWorld(
  { parts, subscription, folder, hostEnvironment }: Rehearsal,
  row: Trouble & { readonly index: number },
  signal: AbortSignal,
): Promise<RowWorld> {
  const emulator = await startEmulator({
    subscriptionId: subscription,
    swapMs: 40,
    containerAppMs: 40,
    hostEnvironment,
  });
  const asked = httpGet({ ca: [emulator.caPem] });
  const close = async (): Promise<void> => {
    asked.close();
    await emulator.close();
  };
  try {
    const endpoints = { arm: emulator.armUrl, authority: emulator.authorityUrl, ca: [emulator.caPem] };
    const { tenantId, clientId, clientSecret } = emulator;
    const credential = credentialFor({ kind: 'secret', tenantId, clientId, clientSecret }, endpoints);
    const hosts = azureHosts({ credential, endpoints, clock: FAST_CLOCK });
    const cast = await Promise.all(
      parts.map(async (part): Promise<OnStage> => ({
        app: part.service,
        stage: await part.enter({ emulator, hosts, signal }, row),
      })),
    );
    return roleOf(cast, row, { folder, hosts, asked, close }, signal);
  } catch (error) {
    await close();
    throw error;
  }
}

function roleOf(
  cast: readonly OnStage[],
  { index, app, fault }: Parameters<typeof rowWorld>[1],
  azure: {
    readonly folder: string;
    readonly hosts: DeployPorts['host'];
    readonly asked: ReturnType<typeof httpGet>;
    readonly close: () => Promise<void>;
  },
  signal: AbortSignal,
): RowWorld {
  const { folder, hosts, asked, close } = azure;
  const { stage } = cast.find((one) => one.app.name === app.name)!;
  const store = fileJournal(join(folder, `journal-${index}.jsonl`));
  const run = `rehearsal-${index}`;
  let verified = false;
  let processes = 0;

  let answers = 0;
  let meddled = false;

  /** What is answered in place of the app, or undefined. */
  const spoiled = (url: string): number | undefined => {
    const side = stage.sideOf(url);
    if (fault.around === 'closed') return side === 'users' ? 403 : undefined;
    const sickAt = fault.sick === 'waiting' ? 'waiting' : 'users';
    if (side !== sickAt || stage.holds(side) === 'old') return undefined;
    answers += 1;
    if (fault.around === 'hiccup') return answers <= 3 ? 503 : undefined;
    if (fault.sick === undefined || (fault.sick === 'final' && !verified)) return undefined;
    return fault.sick !== 'quarter' || answers % 4 === 0 ? 500 : undefined;
  };
  /** Past our journal, and once. */
  const meddle = async (url: string): Promise<void> => {
    if (fault.around !== 'meddling' || meddled || stage.sideOf(url) !== 'users' || stage.holds('users') === 'old')
      return;
    meddled = true;
    await stage.meddle();
  };
  const http = {
    get: async (request: Parameters<typeof asked.get>[0], stop?: AbortSignal): Promise<HttpAnswer> => {
      const status = spoiled(request.url);
      await meddle(request.url);
      return status === undefined ? await asked.get(request, stop) : { kind: 'answer', status, headers: {}, body: '' };
    },
  };
  return {
    close,
    ports: () => {
      const journal = recorder(store, FAST_CLOCK, run, `process-${(processes += 1)}`);
      return {
        host: hosts,
        http,
        clock: FAST_CLOCK,
        journal,
        locks: journalLocks(journal, FAST_CLOCK),
        tell: ({ step, service }) => {
          if (step === 'verified' && service === app.name) verified = true;
        },
        // Commands change what is real: here they are taken to have worked.
        commands: { run: () => Promise.resolve({ exitCode: 0, output: 'not run in a rehearsal' }) },
        signal,
      };
    },
    standing: async () => {
      const { promotions } = fold(await store.read(run));
      return await Promise.all(
        cast.map(async (one): Promise<Standing> => {
          const { name, health } = one.app;
          // Whether it is well is asked past what stands before production.
          const way = fault.around === undefined ? http : asked;
          return {
            service: name,
            release: one.stage.holds('users'),
            verified: promotions.findLast(({ service }) => service === name)?.state === 'verified',
            healthy: await isHealthy(probeTarget(health, one.stage.url(), undefined), way, signal),
            promotions: one.stage.promotions(),
          };
        }),
      );
    },
  };
}

const LOOKS = 20;

/** A slot may have been restarted a moment ago. */
async function isHealthy(
  probe: ReturnType<typeof probeTarget>,
  http: DeployPorts['http'],
  signal: AbortSignal,
): Promise<boolean> {
  for (let look = 1; ; look += 1) {
    const { kind } = await takeSample(probe, http, signal);
    if (kind === 'good' || look === LOOKS) return kind === 'good';
    await systemClock.sleep(50, signal);
  }
}
