import type { AppStart, RunningApp } from './apps/app-process.ts';
import type { FaultRule, FaultState } from './faults/faults.ts';
import type { RequestFilter, RecordedRequest } from './server/request-log.ts';
import type { ServedFilter, ServedRequest } from './front-end/served-log.ts';
import type { SiteSnapshot } from './arm/web/snapshot.ts';
import type { Attachment } from './devops/devops.ts';

export interface FunctionSpec {
  readonly name: string;
  /** Type of its trigger binding: `httpTrigger`, `queueTrigger`, `timerTrigger`. */
  readonly trigger: string;
  readonly disabled?: boolean;
}

export interface WebJobSpec {
  readonly name: string;
  /** `Running`, `Stopped` and others. */
  readonly status: string;
}

/** A site to begin with: empty slots, each behind a port of its own. */
export interface SiteSpec {
  readonly name: string;
  readonly resourceGroup: string;
  /** Slots besides production; `['staging']` when left out. */
  readonly slots?: readonly string[];
  /** Linux sites have no auto swap and no swap with preview. */
  readonly linux?: boolean;
  /** Does not tell in `inProgressOperationId` what is running: that the service always does was never recorded. */
  readonly hidesOperations?: boolean;
  /** What makes it a function app: the functions of each slot, by slot name. */
  readonly functions?: Readonly<Record<string, readonly FunctionSpec[]>>;
  /** Continuous WebJobs of each slot, by slot name. */
  readonly webJobs?: Readonly<Record<string, readonly WebJobSpec[]>>;
  /** App settings of each slot, by slot name; the site itself is `production`. */
  readonly appSettings?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Names of settings that stay with their slot in a swap. */
  readonly stickySettings?: readonly string[];
  /** Slots that are swapped on their own after each deployment: `{ staging: 'production' }`. */
  readonly autoSwap?: Readonly<Record<string, string>>;
  /** Slots that begin stopped. */
  readonly stopped?: readonly string[];
  /** Slots whose visitors must sign in first. Only settings say so: their apps answer here as they do without it. */
  readonly signIn?: readonly string[];
  /** Accept the publishing password as Basic credentials at the deployment endpoint; new sites do not. */
  readonly scmBasicAuth?: boolean;
}

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
  /** Of 202 replies; 1 by default, which the SDKs honour where they ignore 0. `null` leaves the header out. */
  readonly retryAfterSeconds?: number | null;
  readonly sites?: readonly SiteSpec[];
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
  /** Lifetime of access tokens in seconds; 3599 by default. */
  readonly tokenSeconds?: number;
  /** Of what is inherited from the host, only what a process needs in order to start (PATH, SystemRoot) is taken. */
  readonly hostEnvironment?: Readonly<Record<string, string | undefined>>;
  readonly tenantId?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** PEM of a certificate that the client may sign in with beside its secret; none by default. */
  readonly clientCertificate?: string | null;
  /** Service connections whose tokens of Azure DevOps the client trusts; all by default. */
  readonly trustedConnections?: readonly string[] | null;
  readonly subscriptionId?: string;
  /** The job token that the Azure DevOps part accepts. */
  readonly devOpsToken?: string;
}

/** A running emulator. Its state is in memory, and everything it started ends with it. */
export interface Emulator {
  /** `https://127.0.0.1:PORT` (or the `hostName` asked for), without a trailing slash; ARM. */
  readonly armUrl: string;
  /** Entra's authority host; not one of Microsoft's, so clients must skip instance discovery. */
  readonly authorityUrl: string;
  /** The Azure DevOps collection, with a trailing slash as `SYSTEM_COLLECTIONURI` has one. */
  readonly devOpsUrl: string;
  readonly devOpsToken: string;
  readonly caPem: string;
  /** `caPem` on disk for NODE_EXTRA_CA_CERTS and the like; removed on close. */
  readonly caFile: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly subscriptionId: string;
  /** Resolves when the hosts of the new site and of its slots listen. */
  addSite(spec: SiteSpec): Promise<void>;
  /** `https://127.0.0.1:PORT` of a site or of one of its slots. */
  siteUrl(name: string, slot?: string): string;
  /** @returns the rule's id; throws on a rule that cannot be read */
  addFault(rule: FaultRule): string;
  /** The rules in force, and how often each has struck. */
  faults(): FaultState[];
  removeFault(id: string): void;
  clearFaults(): void;
  /** Requests to the main endpoint, oldest first, without those to `/_emulator`. */
  requests(filter?: RequestFilter): RecordedRequest[];
  /** TCP connections that the main endpoint has accepted so far. */
  connections(): number;
  siteState(name: string): SiteSnapshot;
  attachments(): Attachment[];
  /** Which content answered which request at the sites' own hosts, oldest first. */
  served(filter?: ServedFilter): ServedRequest[];
  /** Variables that point a client of Azure here, credentials included. */
  environment(): Record<string, string>;
  close(): Promise<void>;
}
