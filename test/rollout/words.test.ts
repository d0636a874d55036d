import type { SwapAction } from '../../src/rollout/kinds/app-service/swap-alone.ts';
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { concludeDeploy } from '../../src/report/deploy-conclusion.ts';
import { concludeSwap } from '../../src/report/swap-conclusion.ts';
import { RolloutError } from '../../src/rollout/errors.ts';
import type { RolloutEvent } from '../../src/rollout/ports.ts';
import { swapRecorded } from '../../src/rollout/swap/swap-recorded.ts';
import type { SwapPolicy } from '../../src/rollout/way/policy.ts';
import { TARGET } from '../journal/entries.ts';
import { rig, type Rig } from './rig.ts';
import { release, system, type System } from './system.ts';

const GOLDEN = join(import.meta.dirname, '../golden/words.txt');

/** One situation and all that is told of it, the last line last. */
interface Told {
  readonly situation: string;
  readonly exitCode: number;
  readonly lines: readonly string[];
}

interface Swapping {
  readonly actions?: readonly SwapAction[];
  readonly policy?: Partial<SwapPolicy>;
  readonly reversed?: boolean;
  readonly arrange: (r: Rig) => void;
}

const sick =
  (status: number, where = 'production') =>
  ({ app }: Rig): void =>
    void (app.slots['staging']!.content.status = (slot) => (slot === where ? status : 200));

/** Acts once, as soon as a swap of that number has taken effect and something is asked. */
function onceSwapped(r: Rig, number: number, act: () => void): void {
  let acted = false;
  r.app.onCall = (name) => {
    if (acted || name !== 'get' || r.app.effectiveSwaps.length < number) return;
    acted = true;
    act();
  };
}

const SWAPS: Readonly<Record<string, Swapping>> = {
  'a healthy release': { arrange: () => undefined },
  'production named first': { reversed: true, arrange: () => undefined },
  'an unhealthy release in its slot': { arrange: sick(500, 'staging') },
  'a sign-in before the slot': { arrange: sick(302, 'staging') },
  'production turns the agent away': {
    arrange: ({ app }) => void (app.slots['production']!.content.status = () => 403),
  },
  'a stopped slot': { arrange: ({ app }) => void Object.assign(app.slots['staging']!, { state: 'stopped' }) },
  'a routing rule to the slot': {
    arrange: ({ app }) => void app.routing.push({ name: 'staging', host: 'payments-staging.test', percent: 10 }),
  },
  'a routing rule that may be cleared': {
    policy: { staleRouting: 'clear' },
    arrange: ({ app }) => void app.routing.push({ name: 'staging', host: 'payments-staging.test', percent: 10 }),
  },
  'a preview of another slot': {
    arrange: ({ app }) => {
      app.addSlot('beta', '3.0.0');
      Object.assign(app.slots['beta']!, { previewWith: 'production' });
      Object.assign(app.slots['production']!, { previewWith: 'beta' });
    },
  },
  'Azure says no': { arrange: ({ app }) => void app.swapFaults.push({ kind: 'refused', status: 403 }) },
  'the reply is lost, and the swap happened': { arrange: ({ app }) => void app.swapFaults.push({ kind: 'applied' }) },
  'the swap fails in warm-up': { arrange: ({ app }) => void app.swapFaults.push({ kind: 'fails-prepared' }) },
  'the swap never ends': { arrange: ({ app }) => void app.swapFaults.push({ kind: 'never-ends' }) },
  'unhealthy in production': { arrange: sick(500) },
  'unhealthy in production, and left there': { policy: { onUnhealthy: 'abort' }, arrange: sick(500) },
  'every fourth answer an error': {
    arrange: ({ app }) => {
      let asked = 0;
      app.slots['staging']!.content.status = (slot) => (slot === 'production' && asked++ % 4 === 3 ? 500 : 200);
    },
  },
  'a hiccup of the platform': {
    arrange: ({ app }) => {
      let asked = 0;
      app.slots['staging']!.content.status = (slot) => (slot === 'production' && asked++ < 4 ? 503 : 200);
    },
  },
  'production cannot be reached after the swap': { arrange: sick(0) },
  'somebody else swaps back': {
    arrange: (r) => onceSwapped(r, 1, () => r.app.exchange(['staging', 'production'], true)),
  },
  'somebody else deploys into production': {
    arrange: (r) => onceSwapped(r, 1, () => void r.app.deploy('production', '2.0.0')),
  },
  'unhealthy, and the slot was stopped meanwhile': {
    arrange: (r) => {
      sick(500)(r);
      onceSwapped(r, 1, () => Object.assign(r.app.slots['staging']!, { state: 'stopped' }));
    },
  },
  'unhealthy, and so is the release from before': {
    arrange: (r) => {
      sick(500)(r);
      r.app.slots['production']!.content.status = (slot) => (slot === 'staging' ? 500 : 200);
    },
  },
  'swapped back, and not healthy there': {
    arrange: (r) => {
      sick(500)(r);
      r.app.slots['production']!.content.status = () => (r.app.effectiveSwaps.length === 2 ? 500 : 200);
    },
  },
  'the journal takes no intent': {
    arrange: ({ journal }) =>
      void (journal.refuses = ({ action, phase }) => action === 'promote' && phase === 'intent'),
  },
  'the journal takes no outcome': {
    arrange: ({ journal }) => void (journal.refuses = ({ action, phase }) => action === 'promote' && phase === 'done'),
  },
  'the journal takes no verdict': {
    arrange: ({ journal }) => void (journal.refuses = ({ action }) => action === 'verify'),
  },
  'a preview, completed': { actions: ['preview', 'complete'], arrange: () => undefined },
  'a preview, cancelled': { actions: ['preview', 'cancel'], arrange: () => undefined },
  'nothing to cancel': { actions: ['cancel'], arrange: () => undefined },
};

const DEPLOYMENTS: Readonly<Record<string, (s: System) => void>> = {
  'three healthy services': () => undefined,
  'the last is unhealthy in production': ({ apps }) =>
    release(apps.store, '2.0.0', (slot) => (slot === 'production' ? 500 : 200)),
  'the last is unhealthy in its slot': ({ apps }) => release(apps.store, '2.0.0', () => 500),
  'the first turns bad after the last was verified': ({ apps }) =>
    release(apps.payments, '2.0.0', () => (apps.store.effectiveSwaps.length > 0 ? 500 : 200)),
  'somebody swaps the first back before the final check': ({ apps }) => {
    let acted = false;
    apps.store.onCall = () => {
      if (acted || apps.store.effectiveSwaps.length === 0) return;
      acted = true;
      apps.payments.exchange(['staging', 'production'], true);
    };
  },
};

async function playSwap(situation: string, { actions = ['swap'], policy, reversed, arrange }: Swapping): Promise<Told> {
  const r = rig();
  arrange(r);
  const target = reversed === true ? { ...TARGET, source: 'production', destination: 'staging' } : TARGET;
  const request = { ...r.request({ ...policy, swapDeadlineMs: 600_000 }), target };
  let end = '';
  let exitCode = -1;
  for (const action of actions) {
    try {
      const result = await swapRecorded(request, r.ports, { action, why: undefined, place: undefined });
      ({ sentence: end, exitCode } = concludeSwap(request, result, [], 'UNDO'));
    } catch (error) {
      if (!(error instanceof RolloutError)) throw error;
      [end, exitCode] = [error.message, 4];
    }
  }
  return { situation, exitCode, lines: [...linesOf(r.events), end] };
}

async function playDeployment(situation: string, arrange: (s: System) => void): Promise<Told> {
  const s = system();
  arrange(s);
  const result = await s.deploy();
  const { sentence, exitCode } = concludeDeploy('run', result, [], () => 'UNDO');
  return { situation, exitCode, lines: [...linesOf(s.events), sentence] };
}

/** Every stretch of the same line is one: what is said every minute is said once here. */
function linesOf(events: readonly RolloutEvent[]): string[] {
  const lines = events.map(({ level, service, message }) => `${level} ${service}: ${message}`);
  return lines.filter((line, index) => line !== lines[index - 1]);
}

function print(told: readonly Told[]): string {
  return told
    .map(({ situation, exitCode, lines }) => {
      const body = lines.map((line, index) => `  ${index === lines.length - 1 ? '=>' : '  '} ${line}\n`).join('');
      return `${situation} (exit code ${exitCode})\n${body}`;
    })
    .join('\n');
}

/** What may not stand beside each other in one ending. */
const CONTRADICTIONS: readonly (readonly [RegExp, RegExp])[] = [
  [/[Nn]othing was (changed|swapped)/, /the swap happened|was swapped in|Swapped/],
  [/is unknown/, /not yet healthy/],
  [/still in place/, /restored/],
  [/Promoted/, /unhealthy|somebody else/],
];

describe('what is told', () => {
  let told: Told[];
  before(async () => {
    told = [];
    for (const [name, swapping] of Object.entries(SWAPS)) told.push(await playSwap(`swap: ${name}`, swapping));
    for (const [name, arrange] of Object.entries(DEPLOYMENTS))
      told.push(await playDeployment(`deploy: ${name}`, arrange));
  });

  it('reads as test/golden/words.txt has it, from top to bottom (UPDATE_GOLDEN=1 writes it)', () => {
    const text = print(told);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, text);
    assert.ok(existsSync(GOLDEN));
    assert.equal(text, readFileSync(GOLDEN, 'utf8'));
  });

  it('contradicts itself in no last line', () => {
    for (const { situation, lines } of told)
      for (const [one, other] of CONTRADICTIONS) {
        const end = lines.at(-1) ?? '';
        assert.ok(!(one.test(end) && other.test(end)), `${situation}: ${end}`);
      }
  });

  it('ends every call for a person with a command, a cure, or the word that nothing is left to do', () => {
    for (const { situation, exitCode, lines } of told)
      if (exitCode === 4)
        assert.match(
          lines.at(-1) ?? '',
          /Next: |Start it|look before|Nothing is left to be put back|was to follow|Nothing was begun/,
          situation,
        );
  });
});
