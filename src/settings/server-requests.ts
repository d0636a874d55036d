/** Headers of a request to Azure, as a server task has them: a text of JSON. */
export const ACCEPT_JSON = '{"Accept": "application/json"}';
/** Whether the answer of a step is 200, as chains name it (published tasks). */
export const IS_OK = `eq(response['statuscode'], 'OK')`;

/**
 * What a task without code has the server ask, and what must be true of the answer. Reads only: a gate is asked again and
 * again, so nothing else could be one. Texts are templates: `$(input)`, `$(variable)` and `{{helpers}}` are filled in by the
 * server before it asks.
 */
export interface ServerRequest {
  /** Name of the input with the connection that the server signs in by; null where the headers say who asks. */
  readonly connection: string | null;
  readonly url: string;
  /** A JSON object. */
  readonly headers: string;
  /** The condition under which the request counts as passed. */
  readonly expression: string;
}

/** One request of several, which are sent in their order until one of them does not pass. */
export interface ServerStep extends ServerRequest {
  /** Variables that later steps may use, each an expression over this answer. */
  readonly keeps?: Readonly<Record<string, string>>;
  /** The condition under which it is not sent. */
  readonly skipWhen?: string;
}

/** A chain of one differs from a single request in what expressions see: `response` is known in chains alone. */
export type ServerRequests =
  | { readonly kind: 'HttpRequest'; readonly request: ServerRequest }
  | { readonly kind: 'HttpRequestChain'; readonly steps: readonly ServerStep[] };

/** `execution` of a task.json. The keys of a chain, and its variables as JSON in a text, are those of published extensions. */
export function executionOf(requests: ServerRequests): object {
  switch (requests.kind) {
    case 'HttpRequest':
      return { HttpRequest: { Execute: inputsOf(requests.request) } };
    case 'HttpRequestChain':
      return {
        HttpRequestChain: {
          Execute: requests.steps.map((step) => ({ RequestInputs: inputsOf(step), ...optionsOf(step) })),
        },
      };
  }
}

function inputsOf({ connection, url, headers, expression }: ServerRequest): object {
  return {
    EndpointId: connection === null ? '' : `$(${connection})`,
    EndpointUrl: url,
    Method: 'GET',
    Body: '',
    Headers: headers,
    WaitForCompletion: 'false',
    Expression: expression,
  };
}

function optionsOf({ keeps, skipWhen }: ServerStep): object {
  if (keeps === undefined && skipWhen === undefined) return {};
  return {
    ExecutionOptions: {
      ...(keeps !== undefined && { OutputVariables: JSON.stringify(keeps) }),
      ...(skipWhen !== undefined && { SkipSectionExpression: skipWhen }),
    },
  };
}
