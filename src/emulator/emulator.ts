import type { ImageSource } from './apps/images.ts';
import type { ContainerAppSpec } from './state/container-app-spec.ts';
import type { ContainerAppSnapshot } from './arm/app/snapshot.ts';
import type { AlertSpec } from './state/alert.ts';
import type { SiteSpec } from './state/site-spec.ts';
import type { SiteSnapshot } from './arm/web/snapshot.ts';
import type { Attachment } from './devops/attachment.ts';
import type { ApprovalState } from './devops/approvals.ts';
import type { PlanState } from './devops/plan.ts';
import type { PullRequestSpec, PullRequestState } from './devops/pull-request.ts';
import type { EnvironmentEnd, EnvironmentEntry } from './release/environment.ts';
import type { GatedStage } from './release/gated-stage.ts';
import type { GatesEnd } from './release/gates.ts';
import type { FaultRule, FaultState } from './faults/fault.ts';
import type { ServedFilter, ServedRequest } from './world/served-log.ts';
import type { RecordedRequest, RequestFilter } from './server/request-log.ts';

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
  /**
   * Registers an image for container apps under its `name:tag`: a package as App Service takes it, in a folder, a zip
   * file or the bytes of one. Throws when there is nothing in it that can be started.
   */
  addImage(reference: string, source: ImageSource): Promise<void>;
  /** Resolves when the first revision is ready, or has failed. */
  addContainerApp(spec: ContainerAppSpec): Promise<void>;
  containerAppState(name: string): ContainerAppSnapshot;
  /** `https://127.0.0.1:PORT` of a container app, or of a revision or label of it. */
  containerAppUrl(name: string, of?: { readonly revision: string } | { readonly label: string }): string;
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
  /** Makes a plan of the hub `build` known by the id of its build, as the interface of builds knows it. */
  addBuild(id: number, planId: string): void;
  /** Has an alert of Azure Monitor fire. Throws when its target is no resource id. */
  addAlert(spec: AlertSpec): void;
  /** Opens a pull request, or pushes more commits to one that is there. */
  addPullRequest(spec: PullRequestSpec): void;
  pullRequests(): PullRequestState[];
  /** Events, live lines, logs and task states of all plans. */
  plans(): PlanState;
  /** Evaluates the gates of a stage of a classic release until they have passed or the time is over. */
  evaluateGates(stage: GatedStage): Promise<GatesEnd>;
  /** Has a stage of a YAML pipeline wait for the checks and approvals of its environment. */
  enterEnvironment(entry: EnvironmentEntry): Promise<EnvironmentEnd>;
  /** Approvals of environments, oldest first. */
  approvals(): readonly ApprovalState[];
  /** Which content answered which request at the sites' own hosts, oldest first. */
  served(filter?: ServedFilter): ServedRequest[];
  /** Variables that point a client of Azure here, credentials included. */
  environment(): Record<string, string>;
  close(): Promise<void>;
}
