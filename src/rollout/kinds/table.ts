import { appService } from './app-service/app-service.ts';
import { command } from './command/command.ts';
import { containerApp } from './container-app/container-app.ts';
import type { Exposes, Kind } from '../plan/kind.ts';
import type { PlannedService } from '../plan/plan.ts';
import { packageKind } from './package/package.ts';

/** Every kind of service that can be deployed: a folder beside this file, and a line here. */
export const KINDS: Record<string, Kind> = {
  [appService.name]: appService,
  [containerApp.name]: containerApp,
  [command.name]: command,
  [packageKind.name]: packageKind,
};

/** Undefined for a kind that this version cannot deploy. */
export function kindOf(name: string): Kind | undefined {
  return Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
}

/** A plan as a journal and a printed document may hold it: without what is nobody's but the deployment's. */
export function journalled<P extends { readonly services: readonly PlannedService[] }>(plan: P): P {
  return { ...plan, services: plan.services.map((one) => kindOf(one.kind)?.journalled?.(one) ?? one) };
}

/**
 * How releases of a target come before users.
 * @throws Error for a kind that is not in the table: plans and journals are checked for that when they are read
 */
export function exposesOf({ kind }: { readonly kind: string }): Exposes {
  const exposes = kindOf(kind)?.exposes;
  if (exposes === undefined) throw new Error(`nothing of kind ${kind} comes before users`);
  return exposes;
}
