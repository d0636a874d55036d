import type { ContainerApp, Service } from '../../../catalogue/model.ts';
import type { Release } from '../../../journal/entry.ts';
import type { ContainerTarget } from '../../../journal/traffic.ts';
import type { Account, PlannedBase, PlannedTarget, PlanRequest } from '../../plan/plan.ts';
import { hasTexts, readHealth } from '../../plan/read-health.ts';
import { LONGEST_APP_NAME } from './revision-name.ts';

/** An app of Azure Container Apps, whose release is a new revision that is given the traffic. */
export interface PlannedContainer extends PlannedTarget {
  readonly kind: 'containerApp';
  readonly target: ContainerTarget;
  /** What the container runs, with its tag or digest; null: the template file says it. */
  readonly image: string | null;
  /** The container of the template that gets the image; null: the only one, or the first. */
  readonly container: string | null;
  /** The template of the new revision as a file gave it; null: that of the app as it is. */
  readonly template: Readonly<Record<string, unknown>> | null;
  /** Whether the revisions from before are ended once the new one is verified. */
  readonly deactivateOld: boolean;
}

export function containerOf(service: Service): ContainerApp {
  if (service.kind !== 'containerApp') throw new Error(`'${service.name}' is no container app`);
  return service;
}

export function targetOf(
  service: Service,
  { subscription, resourceGroup: fallback }: Account,
): ContainerTarget | string {
  const { app, resourceGroup = fallback } = containerOf(service);
  if (resourceGroup === undefined) return 'has no resource group: add resourceGroup to it or to defaults.';
  return { kind: 'containerApp', subscription, resourceGroup, app };
}

/** Pure: the image with the version in place of `{version}`; its own tag tells the version otherwise. */
export function releaseOf(service: Service, said: string | undefined): Release {
  const image = imageOf(containerOf(service), said) ?? '';
  const [, digest = null] = /@sha256:([0-9a-f]{64})$/i.exec(image) ?? [];
  const [, tag = null] = /:([\w][\w.-]{0,127})(?:@|$)/.exec(image.slice(image.lastIndexOf('/') + 1)) ?? [];
  return { version: said ?? tag, digest };
}

function imageOf({ image }: ContainerApp, version: string | null | undefined): string | undefined {
  return image?.replaceAll('{version}', version ?? '{version}');
}

/** Pure: the service resolved for a run, or all that is wrong with it. */
export function planContainer(
  service: Service,
  base: PlannedBase,
  request: PlanRequest,
): PlannedContainer | readonly string[] {
  const own = containerOf(service);
  const { name, app, container, deactivateOld, version } = own;
  const problems: string[] = [];
  const target = targetOf(service, request);
  if (typeof target === 'string') problems.push(`'${name}' ${target}`);
  const { url, path, ...probe } = own.probe;
  if (url !== undefined)
    problems.push(
      `'${name}' has a probe with a url: a new revision is asked on its own host before it gets any traffic, so give its probe a path.`,
    );
  if (app.length > LONGEST_APP_NAME)
    problems.push(
      `'${name}' has an app whose name leaves no room for that of a revision: both together may have 54 characters.`,
    );
  const template = own.template === undefined ? null : asTemplate(request.documents.get(name));
  if (own.template !== undefined && template === null)
    problems.push(
      `'${name}': ${own.template} holds no template: it needs a list of containers (or template: with one).`,
    );
  const image = imageOf(own, base.release.version) ?? null;
  if (image === null && own.template === undefined)
    problems.push(`'${name}' has no image to deploy: add image: REGISTRY/NAME:TAG to it, or template: PATH.`);
  if (image?.includes('{version}') === true)
    problems.push(`'${name}' has the image ${image}, and no version is known. Say it: --release ${name}=VERSION.`);
  if (typeof target === 'string' || problems.length > 0) return problems;
  const health = { ...probe, path, version };
  return {
    ...base,
    kind: 'containerApp',
    target,
    image,
    container: container ?? null,
    template,
    deactivateOld,
    health,
  };
}

/** As `az containerapp update --yaml` takes it: the template itself, or a document that holds it. */
function asTemplate(document: unknown): Record<string, unknown> | null {
  for (const one of [document, member(document, 'template'), member(member(document, 'properties'), 'template')]) {
    const containers = member(one, 'containers');
    if (Array.isArray(containers) && containers.length > 0) return one as Record<string, unknown>;
  }
  return null;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Pure: back from a journal. @returns the service, or what is wrong with it */
export function readContainer(service: Readonly<Record<string, unknown>>): PlannedContainer | string {
  const { target, image, container, template, deactivateOld } = service;
  if (!hasTexts(target, ['kind', 'subscription', 'resourceGroup', 'app'])) return 'has an incomplete target';
  const health = readHealth(service['health']);
  if (health === undefined) return 'has an incomplete probe';
  const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';
  const isWhole =
    isTextOrNull(image) &&
    isTextOrNull(container) &&
    typeof template === 'object' &&
    typeof deactivateOld === 'boolean';
  return isWhole ? { ...(service as unknown as PlannedContainer), health } : 'has an incomplete container';
}
