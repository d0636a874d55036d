import type { Command } from './command.ts';

interface CommandEntry {
  /** One line for the overview. */
  readonly summary: string;
  /** Loads the command and what it needs, only when it is wanted: `--help` must not wait for Azure's libraries. */
  load(): Promise<{ readonly default: Command }>;
}

/** Every command, in the order of the overview. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  validate: {
    summary: 'prove that a pipeline respects the service graph',
    load: () => import('./validate.command.ts'),
  },
  expand: {
    summary: 'show a pipeline with its templates and expressions filled in',
    load: () => import('./expand.command.ts'),
  },
  init: { summary: 'draft a service graph from a pipeline or another tool', load: () => import('./init.command.ts') },
  migrate: { summary: 'change a pipeline to the tasks of Safe Rollout', load: () => import('./migrate.command.ts') },
  graph: { summary: 'draw the service graph', load: () => import('./graph.command.ts') },
  plan: { summary: 'show what deploy would do, and in which order', load: () => import('./plan.command.ts') },
  deploy: {
    summary: 'deploy services in order, behind health gates',
    load: () => import('./deploy.command.ts'),
  },
  swap: { summary: 'swap two slots once, behind a health gate', load: () => import('./swap.command.ts') },
  rollback: { summary: 'undo what a run changed', load: () => import('./rollback.command.ts') },
  journal: {
    summary: 'check, show or explain what runs have written down',
    load: () => import('./journal.command.ts'),
  },
  gate: { summary: 'answer checks and gates of Azure DevOps as a service', load: () => import('./gate.command.ts') },
  rehearse: {
    summary: 'deploy your packages on an embedded Azure with everything going wrong',
    load: () => import('./rehearse.command.ts'),
  },
  emulator: { summary: 'start an embedded Azure on this machine', load: () => import('./emulator.command.ts') },
  demo: { summary: 'see the whole job on an embedded Azure', load: () => import('./demo.command.ts') },
};
