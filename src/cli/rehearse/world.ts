import { join } from 'node:path';
import { appServiceHosts } from '../../azure/app-service/app-service.ts';
import { credentialFor } from '../../azure/identity/any-credential.ts';
import { startEmulator, type Emulator } from '../../emulator/start.ts';
import type { SlotTarget } from '../../journal/slots.ts';
import { fileJournal } from '../../journal/file-journal.ts';
import { fold } from '../../journal/fold.ts';
import { recorder } from '../../journal/recorder.ts';
import { httpGet, type HttpAnswer } from '../../probe/http.ts';
import { takeSample } from '../../probe/sample.ts';
import type { DeployPorts } from '../../rollout/ports.ts';
import { journalLocks } from '../../rollout/fence/journal-locks.ts';
import type { PlannedApp } from '../../rollout/kinds/app-service/app-service.ts';
import { probeTarget } from '../../rollout/way/policy.ts';
import { systemClock, type Clock } from '../../time/clock.ts';
import type { Fault } from './faults.ts';
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
  readonly swaps: number;
}

/** An Azure of its own for one row: every app with the baseline in production, and one fault in its way. */
export interface RowWorld {
  /** Ports of one more process; all it shares with others is the journal and Azure. */
  ports(): DeployPorts;
  standing(): Promise<Standing[]>;
  close(): Promise<void>;
}

export async function rowWorld(
  rehearsal: Rehearsal,
  row: { readonly index: number; readonly app: PlannedApp; readonly fault: Fault },
  signal: AbortSignal,
): Promise<RowWorld> {
  const { apps, subscription, hostEnvironment } = rehearsal;
  const emulator = await startEmulator({
    subscriptionId: subscription,
    swapMs: 40,
    hostEnvironment,
    sites: apps.map(({ target }) => ({
      name: target.app,
      resourceGroup: target.resourceGroup,
      slots: [target.source, target.destination].filter((slot) => slot.toLowerCase() !== 'production'),
    })),
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
    const hosts = appServiceHosts({ credential, endpoints, clock: FAST_CLOCK });
    await Promise.all(
      apps.map(async ({ name, target }) => {
        const put = await hosts(target).upload(target.destination, rehearsal.baselines.get(name)!, signal);
        if (put.kind === 'failed') throw new Error(`the baseline of ${name} could not be deployed: ${put.message}`);
      }),
    );
    return roleOf(rehearsal, row, { emulator, hosts, asked, close }, signal);
  } catch (error) {
    await close();
    throw error;
  }
}

function roleOf(
  { apps, folder }: Rehearsal,
  { index, app, fault }: Parameters<typeof rowWorld>[1],
  azure: {
    readonly emulator: Emulator;
    readonly hosts: ReturnType<typeof appServiceHosts>;
    readonly asked: ReturnType<typeof httpGet>;
    readonly close: () => Promise<void>;
  },
  signal: AbortSignal,
): RowWorld {
  const { emulator, hosts, asked, close } = azure;
  const slotOf = ({ target }: PlannedApp, slot: string) => emulator.siteState(target.app).slots[slot.toLowerCase()]!;
  const baseline = new Map(apps.map((one) => [one.name, slotOf(one, one.target.destination).activeDeployment]));
  const store = fileJournal(join(folder, `journal-${index}.jsonl`));
  const run = `rehearsal-${index}`;
  addFault(emulator, app, fault);
  let verified = false;
  let processes = 0;

  let answers = 0;
  let meddled = false;
  const { source, destination } = app.target;
  const isAt = (url: string, slot: string): boolean => new URL(url).host === new URL(slotOf(app, slot).url).host;
  /** The new release is told by what the slot holds, so that what it suffers from travels with it. */
  const isNew = (slot: string): boolean => slotOf(app, slot).activeDeployment !== baseline.get(app.name);

  /** What is answered in place of the app, or undefined. */
  const spoiled = (url: string): number | undefined => {
    if (fault.around === 'closed') return isAt(url, destination) ? 403 : undefined;
    const slot = fault.sick === 'staging' ? source : destination;
    if (!isAt(url, slot) || !isNew(slot)) return undefined;
    answers += 1;
    if (fault.around === 'hiccup') return answers <= 3 ? 503 : undefined;
    if (fault.sick === undefined || (fault.sick === 'final' && !verified)) return undefined;
    return fault.sick !== 'quarter' || answers % 4 === 0 ? 500 : undefined;
  };
  /** As somebody at the portal would do it: past our journal, and once. */
  const meddle = async (url: string): Promise<void> => {
    if (fault.around !== 'meddling' || meddled || !isAt(url, destination) || !isNew(destination)) return;
    meddled = true;
    await hosts(app.target).requestSwap(destination, source, signal);
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
        host: (target) => hosts(target as SlotTarget),
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
        apps.map(async (one): Promise<Standing> => {
          const held = slotOf(one, one.target.destination);
          const release = held.activeDeployment === baseline.get(one.name) ? 'old' : 'new';
          return {
            service: one.name,
            release,
            verified: promotions.findLast(({ service }) => service === one.name)?.state === 'verified',
            // Whether it is well is asked past what stands before production.
            healthy: await isHealthy(one, held.url, fault.around === undefined ? http : asked, signal),
            swaps: emulator.siteState(one.target.app).swaps.length,
          };
        }),
      );
    },
  };
}

function addFault(emulator: Emulator, { target }: PlannedApp, { swap, upload }: Fault): void {
  const [app, slot] = [target.app, target.source].map((name) => name.replaceAll(/[^\w-]/g, '\\$&'));
  if (swap !== undefined)
    emulator.addFault({ match: { method: 'POST', path: `/sites/${app}/slots/${slot}/slotsswap$` }, effect: swap });
  if (upload !== undefined)
    emulator.addFault({ match: { method: 'POST', path: `/scm/${app}-${slot}/api/publish$` }, effect: upload });
}

const LOOKS = 20;

/** A slot may have been restarted a moment ago. */
async function isHealthy(
  app: PlannedApp,
  url: string,
  http: DeployPorts['http'],
  signal: AbortSignal,
): Promise<boolean> {
  for (let look = 1; ; look += 1) {
    const { kind } = await takeSample(probeTarget(app.health, url, undefined), http, signal);
    if (kind === 'good' || look === LOOKS) return kind === 'good';
    await systemClock.sleep(50, signal);
  }
}
