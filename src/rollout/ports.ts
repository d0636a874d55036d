import type { Target } from '../journal/entry.ts';
import type { Recorder } from '../journal/recorder.ts';
import type { HttpGet } from '../probe/http.ts';
import type { Clock } from '../time/clock.ts';
import type { TargetLocks } from './locks.ts';

/**
 * What came of a request that changes something. Such requests are sent once.
 * `refused`: a definite answer of the service that it did not act; `passing` where the reason goes by itself. `ambiguous`: it may have acted. `swapRuns`: Azure
 * said that such a change of this target is running, which may be this very request when a front end passed it on twice.
 */
export type MutationReply =
  | { readonly kind: 'accepted'; readonly operation: string | undefined; readonly retryAfterMs: number | undefined }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string; readonly passing?: boolean }
  | {
      readonly kind: 'ambiguous';
      readonly message: string;
      readonly retryAfterMs: number | undefined;
      readonly swapRuns: boolean;
    };

/** One look at a running operation. `gone`: Azure does not know it (any more). `unreadable`: no answer this time. */
export type OperationReading =
  | { readonly kind: 'running'; readonly operation: string; readonly retryAfterMs: number | undefined }
  | { readonly kind: 'succeeded' }
  /** `passing`: for a reason that goes by itself, so that another attempt is worth it. */
  | { readonly kind: 'failed'; readonly message: string; readonly passing: boolean }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreadable'; readonly message: string; readonly retryAfterMs: number | undefined };

/** What a finished program left behind. `output` is its last 16 kB, stdout and stderr together. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Runs one program with arguments, never through a shell. Resolves for every exit code; `null` when it was killed. */
export interface CommandHost {
  run(
    command: readonly [string, ...string[]],
    timeoutMs: number,
    env: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<CommandResult>;
}

/** What has just happened, for the log, the summary and whoever else follows a run. */
export interface RolloutEvent {
  /**
   * `plan`, `observe`, `upload`, `command`, `gate`, `routing`, `verify`, `verified`, `skipped`, `resumed`, `final-check`,
   * `roll-back`, `outcome`; and what the kind of target calls its promotion and its undoing, such as `swap`, `swap-back`.
   */
  readonly step: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly service: string;
  readonly message: string;
  /** Wall clock, milliseconds since the epoch. */
  readonly at: number;
}

/** Everything the state machines need from the world. */
export interface RolloutPorts {
  /** Azure as the kind of the target needs it; each kind declares its own port, and knows what it gets (`hostOf`). */
  readonly host: (target: Target) => object;
  readonly http: HttpGet;
  readonly clock: Clock;
  readonly journal: Recorder;
  readonly locks: TargetLocks;
  readonly tell: (event: RolloutEvent) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

/** What a deployment needs beside that. */
export interface DeployPorts extends RolloutPorts {
  readonly commands: CommandHost;
}

/** The host of a target as its own kind declares it: the one place where a kind trusts what the ports were made of. */
export function hostOf<Host extends object>(ports: Pick<RolloutPorts, 'host'>, target: Target): Host {
  return ports.host(target) as Host;
}
