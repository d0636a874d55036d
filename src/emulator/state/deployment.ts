/** Kudu's numbers for the state of a deployment. */
export const DEPLOYMENT_STATUS = { pending: 0, building: 1, deploying: 2, failed: 3, success: 4 } as const;

/** One row of the deployment history; it lives with the content and moves with it. */
export interface Deployment {
  readonly id: string;
  readonly deployer: string;
  readonly receivedAt: Date;
  status: (typeof DEPLOYMENT_STATUS)[keyof typeof DEPLOYMENT_STATUS];
  statusText: string;
  /** Whether this is what the content holds now. */
  active: boolean;
  endedAt: Date | undefined;
  readonly log: { readonly at: Date; readonly message: string }[];
}

/** The deployment as Kudu's own interface tells it. */
export function kuduDeployment(deployment: Deployment, siteName: string, scmUrl: string): Record<string, unknown> {
  const { id, status, endedAt, receivedAt } = deployment;
  const url = `${scmUrl}/api/deployments/${id}`;
  const ended = endedAt?.toISOString() ?? null;
  return {
    id,
    status,
    status_text: deployment.statusText,
    author_email: 'N/A',
    author: 'N/A',
    deployer: deployment.deployer,
    message: `${deployment.deployer} deployment`,
    progress: endedAt === undefined ? 'Running deployment command...' : '',
    received_time: receivedAt.toISOString(),
    start_time: receivedAt.toISOString(),
    end_time: ended,
    last_success_end_time: status === DEPLOYMENT_STATUS.success ? ended : null,
    complete: endedAt !== undefined,
    active: deployment.active,
    is_temp: false,
    is_readonly: true,
    url,
    log_url: `${url}/log`,
    site_name: siteName,
    provisioningState:
      endedAt === undefined ? 'InProgress' : status === DEPLOYMENT_STATUS.success ? 'Succeeded' : 'Failed',
  };
}

/** The deployment's log as Kudu lists it. */
export function kuduLog(deployment: Deployment): Record<string, unknown>[] {
  return deployment.log.map(({ at, message }, index) => ({
    log_time: at.toISOString(),
    id: `${deployment.id}-${index}`,
    message,
    type: 0,
    details_url: null,
  }));
}
