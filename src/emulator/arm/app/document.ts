import { isObject, objectAt, stringAt, type JsonObject } from '../../json/json.ts';
import { badRequest, invalidTemplate, secretNotFound } from './errors.ts';
import type { AppDocument } from '../../state/container-app.ts';
import { readTraffic, TO_THE_LATEST, type KnownTraffic } from './traffic.ts';

/** Reads a whole resource, as PUT brings it. */
export function readDocument(body: unknown, known: KnownTraffic): AppDocument {
  const { configuration, template, ...rest } = objectAt(body, 'properties');
  const wanted = isObject(configuration) ? configuration : {};
  const mode = wanted['activeRevisionsMode'] ?? 'Single';
  if (mode !== 'Single' && mode !== 'Multiple')
    throw badRequest(`The emulator knows the modes Single and Multiple, not ${JSON.stringify(mode)}.`);
  const ingress = isObject(wanted['ingress']) ? wanted['ingress'] : null;
  const { traffic: _, ...ingressRest } = ingress ?? {};
  const document: AppDocument = {
    location: stringAt(body, 'location') ?? 'westeurope',
    tags: objectAt(body, 'tags'),
    identity: isObject(body) && isObject(body['identity']) ? body['identity'] : { type: 'None' },
    rest,
    configuration: wanted,
    mode,
    ingress: ingress === null ? null : ingressRest,
    traffic: ingress === null || mode === 'Single' ? TO_THE_LATEST : readTraffic(ingress['traffic'], known),
    template: completeTemplate(isObject(template) ? template : {}),
  };
  checkContainers(document);
  return document;
}

/** Reads a change, as PATCH brings it: a merge, in which lists are replaced whole. */
export function mergeDocument(before: AppDocument, patch: unknown, known: KnownTraffic): AppDocument {
  const { rest, configuration, ingress, traffic, template, ...top } = before;
  const whole = {
    ...top,
    properties: {
      ...rest,
      template,
      configuration: { ...configuration, ingress: ingress === null ? null : { ...ingress, traffic } },
    },
  };
  return readDocument(merge(whole, patch), known);
}

/** RFC 7386. */
function merge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}

/**
 * With everything that the service fills in. It is kept so, and not only shown so: who reads a template and sends it back
 * has changed nothing, and gets no revision for it.
 */
function completeTemplate(template: JsonObject): JsonObject {
  const containers: unknown[] = Array.isArray(template['containers']) ? template['containers'] : [];
  const scale = objectAt(template, 'scale');
  return {
    terminationGracePeriodSeconds: null,
    initContainers: null,
    volumes: null,
    serviceBinds: null,
    ...template,
    revisionSuffix: template['revisionSuffix'] ?? '',
    containers: containers.map((one) =>
      isObject(one)
        ? { ...one, resources: { cpu: 0.5, memory: '1Gi', ephemeralStorage: '2Gi', ...objectAt(one, 'resources') } }
        : one,
    ),
    scale: { minReplicas: null, maxReplicas: 10, rules: null, ...scale },
  };
}

function checkContainers(document: AppDocument): void {
  const containers = document.template['containers'];
  if (!Array.isArray(containers) || containers.length === 0)
    throw invalidTemplate('The template has no containers, and one is needed.');
  const secrets = secretsOf(document);
  for (const container of containers) {
    const name = stringAt(container, 'name') ?? '';
    if (name === '' || stringAt(container, 'image') === undefined)
      throw invalidTemplate('A container has a name and an image.');
    for (const { secretRef } of environmentOf(container)) {
      if (secretRef !== undefined && !secrets.has(secretRef)) throw secretNotFound(secretRef, name);
    }
  }
}

/** Variables of a container as the template lists them. */
export function environmentOf(container: unknown): { name: string; value: string; secretRef: string | undefined }[] {
  const env = isObject(container) ? container['env'] : undefined;
  return (Array.isArray(env) ? env : []).map((one) => ({
    name: stringAt(one, 'name') ?? '',
    value: stringAt(one, 'value') ?? '',
    secretRef: stringAt(one, 'secretRef'),
  }));
}

export function secretsOf({ configuration }: Pick<AppDocument, 'configuration'>): Map<string, string> {
  const { secrets } = configuration;
  const list: unknown[] = Array.isArray(secrets) ? secrets : [];
  return new Map(list.map((one) => [stringAt(one, 'name') ?? '', stringAt(one, 'value') ?? '']));
}

/** Without what names the revision: two templates that are equal in this make no new one. */
export function withoutSuffix(template: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(template).filter(([key]) => key !== 'revisionSuffix'));
}
