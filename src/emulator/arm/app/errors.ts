import { armError } from '../../server/errors.ts';
import { Refusal, type Reply } from '../../server/reply.ts';
import type { ContainerApp } from '../../state/container-app.ts';

/** The code of an operation that ends badly, with the text around what went wrong; both as users quote them. */
export const OPERATION_ERROR = 'ContainerAppOperationError';

export function provisioningFailed(app: string, details: string): string {
  return `Failed to provision revision for container app '${app}'. Error details: ${details}`;
}

/** What the service says of a container that does not come up in its time. */
export const EXPIRED = 'Operation expired.';

/** The text of an image that is not in the registry, as users quote it. */
export function noSuchImage(container: string, image: string): string {
  const tag = image.slice(image.lastIndexOf('/') + 1).split(':')[1] ?? 'latest';
  const value = `Invalid value: "${image}": GET https:: MANIFEST_UNKNOWN: manifest tagged by "${tag}" is not found; map[Tag:${tag}]`;
  return `${invalidField(`template.containers.${container}.image`, value)}.`;
}

export function invalidField(field: string, details: string): string {
  return `The following field(s) are either invalid or missing. Field '${field}' is invalid with details: '${details}';.`;
}

export function appNotFound(name: string, group: string): Refusal {
  return notFound(`containerApps/${name}`, group);
}

/** Code and text of a revision that is not there were never seen: the form is Resource Manager's own. */
export function revisionNotFound(app: ContainerApp, name: string): Refusal {
  return notFound(`containerApps/${app.name}/revisions/${name}`, app.resourceGroup);
}

function notFound(resource: string, group: string): Refusal {
  return new Refusal(
    armError(
      404,
      'ResourceNotFound',
      `The Resource 'Microsoft.App/${resource}' under resource group '${group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
    ),
  );
}

export function operationInProgress({ name }: ContainerApp, operationId: string): Reply {
  return armError(
    409,
    'ContainerAppOperationInProgress',
    `Cannot modify a container app '${name}' because there is an active provisioning operation in progress. OperationId: '${operationId}'`,
  );
}

export function invalidRevisionName(name: string): Refusal {
  return new Refusal(
    armError(
      400,
      'ContainerAppInvalidRevisionName',
      `Revision name has an invalid value '${name}'. A revision name must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character. The length of the revision name must not be more than a combined 54 characters with the container app name.`,
    ),
  );
}

export function suffixInUse(suffix: string): Refusal {
  return invalidTemplate(
    invalidField(
      'template.revisionsuffix',
      `Invalid value: "${suffix}": revision with suffix ${suffix} already exists.`,
    ),
  );
}

export function invalidTemplate(message: string): Refusal {
  return new Refusal(armError(400, 'InvalidParameterValueInContainerTemplate', message));
}

export function secretNotFound(secret: string, container: string): Refusal {
  const message = `SecretRef '${secret}' defined for container '${container}' not found.`;
  return new Refusal(armError(400, 'ContainerAppSecretRefNotFound', message));
}

/** The service's own code for traffic that it does not take was never seen, so text and code are the emulator's. */
export function invalidTraffic(sentence: string): Refusal {
  return new Refusal(armError(400, 'InvalidTraffic', `The emulator refuses this traffic: ${sentence}`));
}

export function badRequest(message: string): Refusal {
  return new Refusal(armError(400, 'BadRequest', message));
}
