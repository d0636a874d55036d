/** What a task that the service runs itself declares, as its task.json has it (documented with server tasks). */
export interface TaskDeclaration {
  readonly name: string;
  readonly inputs: readonly { readonly name: string; readonly defaultValue?: string }[];
  readonly execution: {
    readonly HttpRequest?: { readonly Execute: RequestDeclaration };
    readonly HttpRequestChain?: { readonly Execute: readonly StepDeclaration[] };
  };
}

/** One request, in templates. */
export interface RequestDeclaration {
  /** The connection to sign in by: `$(input)`, an expression, or nothing. */
  readonly EndpointId: string;
  readonly EndpointUrl: string;
  readonly Method: string;
  readonly Headers: string;
  readonly Body?: string;
  /** `true`: passes by a TaskCompleted, once the request was taken. */
  readonly WaitForCompletion?: string;
  /** Nothing: the answer decides by its status alone (documented). */
  readonly Expression: string;
}

export interface StepDeclaration {
  readonly RequestInputs: RequestDeclaration;
  readonly ExecutionOptions?: { readonly OutputVariables?: string; readonly SkipSectionExpression?: string };
}

/** Headers of the built-in task by default (documented): what a callback needs to know. */
const CALLBACK_HEADERS = {
  'Content-Type': 'application/json',
  PlanUrl: '$(system.CollectionUri)',
  ProjectId: '$(system.TeamProjectId)',
  HubName: '$(system.HostType)',
  PlanId: '$(system.PlanId)',
  JobId: '$(system.JobId)',
  TimelineId: '$(system.TimelineId)',
  TaskInstanceId: '$(system.TaskInstanceId)',
  AuthToken: '$(system.AccessToken)',
};

/** The built-in "Invoke REST API", as far as a generic connection takes it (documented inputs and defaults). */
export const INVOKE_REST_API: TaskDeclaration = {
  name: 'InvokeRESTAPI',
  inputs: [
    { name: 'connectedServiceNameSelector', defaultValue: 'connectedServiceName' },
    { name: 'connectedServiceName' },
    { name: 'method', defaultValue: 'POST' },
    { name: 'headers', defaultValue: JSON.stringify(CALLBACK_HEADERS) },
    { name: 'body' },
    { name: 'urlSuffix' },
    { name: 'waitForCompletion', defaultValue: 'false' },
    { name: 'successCriteria' },
  ],
  execution: {
    HttpRequest: {
      Execute: {
        EndpointId: "taskInputs[taskInputs['connectedServiceNameSelector']]",
        EndpointUrl: '$(endpoint.url)$(urlSuffix)',
        Method: '$(method)',
        Headers: '$(headers)',
        Body: '$(body)',
        WaitForCompletion: '$(waitForCompletion)',
        Expression: '$(successCriteria)',
      },
    },
  },
};
