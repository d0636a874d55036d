import type { AppStart, RunningApp } from '../apps/app-process.ts';
import type { ImageSource } from '../apps/images.ts';
import type { ContainerAppSpec } from '../state/container-app-spec.ts';
import type { SiteSpec } from '../state/site-spec.ts';
import type { FaultRule } from '../faults/fault.ts';

export interface EmulatorOptions {
  /** Of the endpoint for ARM, Entra, Kudu and Azure DevOps; 0, the default, takes any free one. */
  readonly port?: number;
  /**
   * The host in every address here, `127.0.0.1` unless said otherwise. `az webapp traffic-routing` takes the app's host
   * apart at its first dot, which `localhost` has not; names below `localhost` do not resolve everywhere.
   */
  readonly hostName?: 'localhost' | '127.0.0.1';
  /** The shortest time from an accepted swap to its switch of routing; 300 by default. */
  readonly swapMs?: number;
  /**
   * The shortest time of an operation on a container app, and what it takes until an activated, deactivated or restarted
   * revision shows it; 300 by default, where Azure takes 13 seconds for the one and one or two for the other.
   */
  readonly containerAppMs?: number;
  /** Of 202 replies; 1 by default, which the SDKs honour where they ignore 0. `null` leaves the header out. */
  readonly retryAfterSeconds?: number | null;
  readonly sites?: readonly SiteSpec[];
  /** What container apps can pull, by `name:tag`: a folder, a zip file, or its bytes. */
  readonly images?: Readonly<Record<string, ImageSource>>;
  readonly containerApps?: readonly ContainerAppSpec[];
  readonly faults?: readonly FaultRule[];
  /** Where gaps (501) and failures of deployed apps are told. */
  readonly log?: (line: string) => void;
  /** Between 0 and 1, for the traffic split; `Math.random` by default. */
  readonly random?: () => number;
  /** How long a deployed app may take until it listens; 10 000 by default. */
  readonly startupMs?: number;
  /** How long one warm-up request of a swap may take; 5 000 here, 90 000 on Azure. */
  readonly warmUpTimeoutMs?: number;
  /** How a deployed app is run: as a Node process, unless a test that needs hundreds of them brings something lighter. */
  readonly launch?: (start: AppStart) => RunningApp;
  /** How far Azure's clock is ahead of this machine's, in milliseconds; negative when it is behind. */
  readonly clockAheadMs?: number;
  /** How long a minute of gates, checks and approvals lasts, in milliseconds; 60 000 by default, as it does. */
  readonly pipelineMinuteMs?: number;
  /** Lifetime of access tokens in seconds; 3599 by default. */
  readonly tokenSeconds?: number;
  /** Of what is inherited from the host, only what a process needs in order to start (PATH, SystemRoot) is taken. */
  readonly hostEnvironment?: Readonly<Record<string, string | undefined>>;
  readonly tenantId?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** Other applications that the client may get tokens for, by their App ID URIs; none by default. */
  readonly audiences?: readonly string[];
  /** PEM of a certificate that the client may sign in with beside its secret; none by default. */
  readonly clientCertificate?: string | null;
  /** Service connections whose tokens of Azure DevOps the client trusts; all by default. */
  readonly trustedConnections?: readonly string[] | null;
  readonly subscriptionId?: string;
  /** The job token that the Azure DevOps part accepts. */
  readonly devOpsToken?: string;
}
