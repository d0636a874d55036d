import type { Position } from '../finding/finding.ts';

/** What a service can be. Not all of them can be deployed yet: `rollout` says so where it plans. */
export type ServiceKind =
  | 'appService'
  | 'containerApp'
  | 'staticWebApp'
  | 'database'
  | 'package'
  | 'command'
  | 'pipeline'
  | 'checked';

/** How often and how strictly a release is asked for its health. All durations in milliseconds. */
export interface ProbePolicy {
  /** Path on the target's own host, or `url` for somewhere else. */
  readonly path: string;
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Accepted status codes. */
  readonly statuses: readonly number[];
  /** Conditions on a JSON body: path (`$.status`) to the expected text form of the value. */
  readonly json: Readonly<Record<string, string>>;
  /** Text that the body must contain. */
  readonly contains: string | undefined;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Healthy answers in a row that make `healthy`. */
  readonly healthyThreshold: number;
  /** Unhealthy answers in a row, after the startup grace, that make `unhealthy`. */
  readonly unhealthyThreshold: number;
  /** Share of bad answers (over 0 to 1) that makes `unhealthy`, in whatever order they come. */
  readonly unhealthyShare: number;
  /** Header by which an answer names the instance that gave it, or undefined: by the affinity cookie alone. */
  readonly instanceHeader: string | undefined;
  /** Grace from the first sample in which bad answers do not count, ending with the first good one. */
  readonly startupMs: number;
}

/** Where a service tells its own version. */
export interface VersionEndpoint {
  readonly path: string;
  /** JSON path into the body, or undefined: the whole body, trimmed. */
  readonly json: string | undefined;
}

/** One edge of the service graph, as authored: `payments-core@2.4.x`. */
export interface Dependency extends Position {
  readonly service: string;
  /** npm semver range the dependency's release must satisfy, or undefined: any. */
  readonly range: string | undefined;
}

/** `deployedBy`: the job that deploys the service where that cannot be inferred. */
export interface DeployedBy {
  readonly pipeline: string | undefined;
  readonly stage: string | undefined;
  readonly job: string | undefined;
}

interface ServiceBase extends Position {
  readonly name: string;
  readonly dependsOn: readonly Dependency[];
  readonly deployedBy: readonly DeployedBy[];
  /** True: once done, neither it nor what it depends on is rolled back. */
  readonly pointOfNoReturn: boolean;
}

export interface AppService extends ServiceBase {
  readonly kind: 'appService';
  readonly app: string;
  readonly resourceGroup: string | undefined;
  readonly connection: string | undefined;
  readonly slot: string;
  /** Path of the zip, relative to the graph file; undefined when the pipeline uploads it itself. */
  readonly package: string | undefined;
  readonly probe: ProbePolicy;
  readonly version: VersionEndpoint | undefined;
}

export interface PackageService extends ServiceBase {
  readonly kind: 'package';
  readonly version: string;
}

export interface CommandService extends ServiceBase {
  readonly kind: 'command';
  /** Program and arguments; never a shell line. Runs in the folder of the graph file. */
  readonly run: readonly [string, ...string[]];
  readonly timeoutMs: number;
}

/** An app of Azure Container Apps. Names are unique in a resource group only. */
export interface ContainerApp extends ServiceBase {
  readonly kind: 'containerApp';
  readonly app: string;
  /** What the container runs: `registry/name:tag`, in which `{version}` stands for the version of the release. */
  readonly image: string | undefined;
  /** The container that gets the image, where there are several. */
  readonly container: string | undefined;
  /** Path of a template for the new revision, relative to the graph file. */
  readonly template: string | undefined;
  /** Whether the revisions from before are deactivated once the new one is verified. */
  readonly deactivateOld: boolean;
  readonly resourceGroup: string | undefined;
  readonly connection: string | undefined;
  readonly probe: ProbePolicy;
  readonly version: VersionEndpoint | undefined;
}

export interface StaticWebApp extends ServiceBase {
  readonly kind: 'staticWebApp';
  readonly app: string;
  readonly resourceGroup: string | undefined;
  readonly connection: string | undefined;
  readonly probe: ProbePolicy;
  readonly version: VersionEndpoint | undefined;
}

/** One half of a change of a database: a program, never a shell line. */
export interface Migration {
  readonly run: readonly [string, ...string[]];
  readonly timeoutMs: number;
}

/** The half that takes the old form away. */
export interface Contract extends Migration {
  /** The jobs of pipelines that run it; without one, SafeRolloutDeploy does at its time. */
  readonly deployedBy: readonly DeployedBy[];
}

/** A database whose schema first grows (`expand`) and, once nobody needs the old form, shrinks (`contract`). */
export interface Database extends ServiceBase {
  readonly kind: 'database';
  /** Name of the server, with or without its domain, and of the database: what a deployment task names. */
  readonly server: string | undefined;
  readonly database: string | undefined;
  readonly expand: Migration | undefined;
  readonly contract: Contract | undefined;
}

/** Another Azure pipeline that is run and waited for. */
export interface PipelineService extends ServiceBase {
  readonly kind: 'pipeline';
  /** Name or id of its definition. */
  readonly pipeline: string;
  readonly project: string | undefined;
}

/** A service of which nothing is said but where pipelines deploy it: its order is checked, and others deploy it. */
export interface CheckedService extends ServiceBase {
  readonly kind: 'checked';
  /** What steps call it, wherever it runs; undefined: `deployedBy` names its jobs. */
  readonly app: string | undefined;
}

export type Service =
  | AppService
  | ContainerApp
  | StaticWebApp
  | Database
  | PackageService
  | CommandService
  | PipelineService
  | CheckedService;

/** The services that run as an app in Azure under a name of their own. */
export type AppBearing = AppService | ContainerApp | StaticWebApp;

/** True for what has an app, with a probe and maybe a version to ask for. */
export function hasApp(service: Service): service is AppBearing {
  return service.kind === 'appService' || service.kind === 'containerApp' || service.kind === 'staticWebApp';
}

/**
 * True for the name of an app that stands in a pipeline as `$(WebAppName)`, and in the graph file too: so its steps are
 * found by it. Which app that is, only the run of that pipeline knows.
 */
export function isNamedByRun(app: string): boolean {
  return app.includes('$');
}

/** The kind that most services have, which a picture need not say. */
export const USUAL_KIND: ServiceKind = 'appService';

/** True for a library, which comes to users inside of the packages of those that need it. */
export function travelsInside(service: Service): boolean {
  return service.kind === 'package';
}

/** True for what is deployed by somebody else: of such a service only its place in the order is known. */
export function isOnlyChecked(service: Service): service is CheckedService {
  return service.kind === 'checked';
}

/** True for what has a schema that shrinks at its own time. */
export function isDatabase(service: Service): service is Database {
  return service.kind === 'database';
}

/** What the names of the base stand for. */
export const PRODUCTION = 'production';

/** An overlay of names: the same services, elsewhere. Those that are not wholly right are left out. */
export interface Environment extends Position {
  readonly name: string;
  readonly services: readonly Service[];
}

/** A service as the graph sees it: its name, its edges, and the version it is declared with, if any. */
export interface ServiceNode extends Position {
  readonly name: string;
  readonly dependsOn: readonly Dependency[];
  readonly version: string | undefined;
}

/** A whole `service-graph.yml`: services in the order of the file. */
export interface Catalogue {
  readonly file: string;
  /** Those of production, or of the environment that was asked for. */
  readonly services: readonly Service[];
  readonly environments: readonly Environment[];
  /** The services that the pipelines beside this file answer for; undefined: all. */
  readonly deploys: readonly string[] | undefined;
}
