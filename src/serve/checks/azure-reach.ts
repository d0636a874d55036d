import type { RolloutPorts } from '../../rollout/ports.ts';

/** Azure as the kinds of services ask it, for one look: what they write down in a rollout has no place here. */
export type AzureReach = (signal: AbortSignal) => RolloutPorts;
