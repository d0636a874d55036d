import type { ContainerApp } from './container-app.ts';

export type AppOperationEnd =
  | { readonly state: 'running' }
  | { readonly state: 'succeeded' }
  | { readonly state: 'failed'; readonly code: string; readonly message: string };

/** A change of a container app from its acceptance to its end; the app refuses others meanwhile. */
export interface AppOperation {
  readonly id: string;
  readonly kind: 'create' | 'update' | 'delete';
  readonly app: ContainerApp;
  readonly startedAt: Date;
  end: AppOperationEnd;
}
