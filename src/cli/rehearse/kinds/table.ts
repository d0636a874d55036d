import type { Fault } from '../faults.ts';
import { appService } from './app-service.ts';
import { containerApp } from './container-app.ts';
import type { RehearsedKind } from './kind.ts';

/** The kinds that can be rehearsed: those whose releases users see. */
export const REHEARSED: readonly RehearsedKind[] = [appService, containerApp];

export function faultsOf(kind: string): readonly Fault[] {
  return REHEARSED.find(({ name }) => name === kind)?.faults ?? [];
}

/** Names of all that can go wrong, each once. */
export const FAULT_NAMES: readonly string[] = [
  ...new Set(REHEARSED.flatMap(({ faults }) => faults.map(({ id }) => id))),
];
