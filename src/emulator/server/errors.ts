import { json, text, type Reply } from './reply.ts';

/**
 * One factory for each error of the wire. Two shapes live side by side on the same host: what Azure Resource Manager's
 * own front door answers is `{"error":{code,message}}`; what the App Service provider behind it answers is
 * `{"Code","Message","Details",...}`. Clients must read both, so the emulator keeps them apart.
 */
export function armError(status: number, code: string, message: string, headers: Record<string, string> = {}): Reply {
  return json(status, { error: { code, message } }, headers);
}

export function resourceNotFound(site: string, slot: string | undefined, group: string): Reply {
  const resource = slot === undefined ? `sites/${site}` : `sites/${site}/slots/${slot}`;
  return armError(
    404,
    'ResourceNotFound',
    `The Resource 'Microsoft.Web/${resource}' under resource group '${group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}

/** 403 for a principal without the right: the text names the action, which is what a person has to grant. */
export function authorizationFailed(principal: string, action: string, scope: string): Reply {
  return armError(
    403,
    'AuthorizationFailed',
    `The client '${principal}' with object id '${principal}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  );
}

export function subscriptionNotFound(subscription: string): Reply {
  return armError(404, 'SubscriptionNotFound', `The subscription '${subscription}' could not be found.`);
}

/** 501 on purpose: a caller must never mistake a gap of the emulator for an answer of Azure. */
export function notImplemented(operation: string): Reply {
  return armError(501, 'NotImplemented', `The emulator does not implement ${operation}.`);
}

/** Throttling by Resource Manager: a token bucket, so the cure is to wait; `retryAfter` null leaves the header out. */
export function throttled(retryAfterSeconds: number | null): Reply {
  const headers: Record<string, string> =
    retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  return armError(
    429,
    'SubscriptionRequestsThrottled',
    'Number of requests for this subscription and operation type has exceeded its limit. Please try again later.',
    headers,
  );
}

/** The provider's own body. `extendedCode` and the template are kept in `Details`, as the service does. */
export function providerError(status: number, code: string, message: string, extendedCode = '04001'): Reply {
  return json(status, {
    Code: code,
    Message: message,
    Target: null,
    Details: [
      { Message: message },
      { Code: code },
      {
        ErrorEntity: {
          ExtendedCode: extendedCode,
          MessageTemplate: '{0}',
          Parameters: [message],
          Code: code,
          Message: message,
        },
      },
    ],
    Innererror: null,
  });
}

export interface RunningOperation {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

/** 409 with the text by which people (and tools) recognise a concurrent operation; it names what runs. */
export function operationInProgress(running: RunningOperation, requestId: string): Reply {
  const details = `Id: ${running.id}, OperationName: ${running.name}, CreatedTime: ${americanTime(running.createdAt)}, RequestId: ${requestId}, EntityType: 3`;
  const message = `Cannot modify this site because another operation is in progress. Details: ${details}`;
  return json(409, {
    Code: 'Conflict',
    Message: message,
    Target: null,
    Details: [
      { Message: message },
      { Code: 'Conflict' },
      {
        ErrorEntity: {
          ExtendedCode: '59203',
          MessageTemplate: 'Cannot modify this site because another operation is in progress. Details: {0}',
          Parameters: [details],
          Code: 'Conflict',
          Message: message,
        },
      },
    ],
    Innererror: null,
  });
}

export function preparedForSwap(): Reply {
  return providerError(
    409,
    'Conflict',
    'The slot cannot be changed because its configuration settings have been prepared for swap.',
  );
}

export function deploymentInProgress(): Reply {
  return text(409, 'There is a deployment currently in progress. Please try again when it completes.');
}

/** `9/20/2019 11:04:18 AM`, the only form in which the service prints times inside messages. */
function americanTime(at: Date): string {
  const hours = at.getUTCHours();
  const clock = [hours % 12 === 0 ? 12 : hours % 12, two(at.getUTCMinutes()), two(at.getUTCSeconds())].join(':');
  return `${at.getUTCMonth() + 1}/${at.getUTCDate()}/${at.getUTCFullYear()} ${clock} ${hours < 12 ? 'AM' : 'PM'}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
