import { RolloutError } from '../rollout/errors.ts';
import { oneOf, text } from '../settings/kinds.ts';
import { readSettings } from '../settings/read.ts';
import { declare, optional, withDefault } from '../settings/setting.ts';
import { readEndpoint } from './endpoint.ts';
import tl from './task-library.ts';

/** The run that this task is part of, and the token that it may call Azure DevOps with. */
export interface PipelineRun {
  /** Names the run in the journal: the build's id, or that of the release and its stage's deployment. */
  readonly id: string;
  /** This job in this attempt. Unique among all jobs that write to the run's journal. */
  readonly job: string;
  readonly collectionUri: string;
  readonly projectId: string;
  readonly hub: 'build' | 'release';
  readonly planId: string;
  readonly timelineId: string;
  readonly jobId: string;
  readonly token: string;
}

const VARIABLE = { label: 'Variable', help: 'The agent sets it.' };

const variables = declare({
  'System.CollectionUri': text(VARIABLE),
  'System.TeamProjectId': text(VARIABLE),
  // Classic releases call a deployment group job `deployment` and any other `release`; the hub of both is `release`.
  'System.HostType': withDefault(
    oneOf(['build', 'release'], { ...VARIABLE, synonyms: { deployment: 'release' } }),
    'build',
  ),
  'System.PlanId': text(VARIABLE),
  'System.TimelineId': text(VARIABLE),
  'System.JobId': text(VARIABLE),
  'System.JobAttempt': withDefault(text(VARIABLE), '1'),
  'Build.BuildId': optional(text(VARIABLE)),
  'Release.ReleaseId': optional(text(VARIABLE)),
  'Release.DeploymentId': optional(text(VARIABLE)),
  token: text({ ...VARIABLE, secret: true }),
});

/** @throws RolloutError `bad-input` that names what is missing: outside a pipeline there is no run to belong to */
export function readPipelineRun(): PipelineRun {
  const server = readEndpoint('SYSTEMVSSCONNECTION');
  const reading = readSettings(variables, (name) => {
    switch (name) {
      case 'token':
        return server.field('AccessToken');
      case 'System.CollectionUri': // the second name is that of older servers
        return tl.getVariable(name) ?? tl.getVariable('System.TeamFoundationCollectionUri') ?? server.url;
      default:
        return tl.getVariable(name);
    }
  });
  if (!reading.ok) {
    const missing = reading.problems.map(({ name }) => (name === 'token' ? 'the job token' : name)).join(', ');
    const problem = `The journal cannot be attached to a pipeline run: the agent did not provide ${missing}. Set journal to the path of a file to run outside a pipeline.`;
    throw new RolloutError({ code: 'bad-input', problems: [problem] });
  }
  const values = reading.settings;
  const hub = values['System.HostType'];
  const release = releaseRun(values['Release.ReleaseId'], values['Release.DeploymentId']);
  return {
    id: (hub === 'build' ? values['Build.BuildId'] : release) || values['System.PlanId'],
    job: `${values['System.JobId']}.${values['System.JobAttempt']}`,
    collectionUri: values['System.CollectionUri'],
    projectId: values['System.TeamProjectId'],
    hub,
    planId: values['System.PlanId'],
    timelineId: values['System.TimelineId'],
    jobId: values['System.JobId'],
    token: values.token,
  };
}

/**
 * Names the run where its identity is not needed: in a journal that is a file. A release knows the build of its artifact, which
 * other releases and stages have as well.
 */
export function runName(): string {
  const [release, deployment] = [tl.getVariable('Release.ReleaseId'), tl.getVariable('Release.DeploymentId')];
  const ofRelease = isClassicRelease() ? releaseRun(release, deployment) : '';
  return ofRelease || (tl.getVariable('Build.BuildId') ?? 'local');
}

/** Is this a job of a classic release, and not of a pipeline? */
export function isClassicRelease(): boolean {
  return ['release', 'deployment'].includes((tl.getVariable('System.HostType') ?? '').toLowerCase());
}

/** A stage that is deployed anew is another run. */
function releaseRun(release: string | undefined, deployment: string | undefined): string {
  return [release, deployment].filter(Boolean).join('-');
}

/** Who started the run, or the release's deployment, as Azure DevOps names them. */
export function requestedBy(): string | undefined {
  return tl.getVariable('Release.Deployment.RequestedFor') ?? tl.getVariable('Build.RequestedFor');
}
