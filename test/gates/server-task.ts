import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskDeclaration } from '../../src/emulator/server-task/declaration.ts';
import { evaluateTask, type Sending } from '../../src/emulator/server-task/evaluate-task.ts';
import type { Emulator } from '../../src/emulator/start.ts';
import { tokenOf } from '../emulator/client.ts';

/** What the declaration of a gate is filled in with. */
export interface GateRun {
  readonly inputs?: Readonly<Record<string, string>>;
  /** Beside those of the server, or in their place. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** What is not known of the server, so that a gate must come to the same either way. */
export type Server = Pick<Sending, 'statuses' | 'redirects' | 'patienceMs'>;

/** The two are independent of each other, so that these two servers show all four. */
export const SERVERS: readonly Server[] = [
  { statuses: 'fail', redirects: 'are-answers', patienceMs: 2000 },
  { statuses: 'are-judged', redirects: 'are-followed', patienceMs: 2000 },
];

/** One evaluation: passed, or why not. */
export type Verdict = { readonly passed: true } | { readonly passed: false; readonly reason: string };

const CONNECTION = 'contoso';

export function readTask(name: string): TaskDeclaration {
  const file = join(process.cwd(), 'tasks', name, `${name}V1`, 'task.json');
  return JSON.parse(readFileSync(file, 'utf8')) as TaskDeclaration;
}

/** Evaluates the declaration of a gate once, with the emulator in the place of Azure and of Azure DevOps. */
export async function evaluateOnce(name: string, run: GateRun, emulator: Emulator, server: Server): Promise<Verdict> {
  const data = { url: `${emulator.armUrl}/`, subscriptionId: emulator.subscriptionId };
  const verdict = await evaluateTask(
    readTask(name),
    {
      inputs: { azureSubscription: CONNECTION, ...run.inputs },
      variables: {
        'system.teamFoundationCollectionUri': emulator.devOpsUrl,
        'system.teamProjectId': 'project',
        'system.accesstoken': emulator.devOpsToken,
        ...run.variables,
      },
    },
    {
      ...server,
      connections: { [CONNECTION]: { data, authorization: `Bearer ${await mintedToken(emulator)}` } },
      ca: emulator.caPem,
    },
  );
  if (verdict.kind === 'waits') return { passed: false, reason: 'waits for a callback' };
  return verdict.kind === 'passed' ? { passed: true } : { passed: false, reason: verdict.reason };
}

const tokens = new WeakMap<Emulator, Promise<string>>();

function mintedToken(emulator: Emulator): Promise<string> {
  const token = tokens.get(emulator) ?? tokenOf(emulator);
  tokens.set(emulator, token);
  return token;
}
