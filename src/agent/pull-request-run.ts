import type { PullRequestAddress } from '../devops/pull-request.ts';
import type { PullRequestNames } from '../report/discussion.ts';
import { readEndpoint } from './endpoint.ts';
import { agentNetwork } from './network.ts';
import tl from './task-library.ts';

/** A run of a pull request of Azure Repos. */
export interface PullRequestRun {
  readonly address: PullRequestAddress;
  readonly names: PullRequestNames;
  /** The pipeline: its id, and what people call it. */
  readonly definitionId: string;
  readonly pipeline: string;
  /** Where the agent says it has put the repository; with several checkouts it may be the folder above. */
  readonly folder: string | undefined;
}

/** @returns a sentence where the run is of no such pull request, or its agent does not say of which */
export function readPullRequestRun(): PullRequestRun | string {
  const reason = tl.getVariable('Build.Reason') ?? 'unknown';
  const provider = tl.getVariable('Build.Repository.Provider') ?? 'unknown';
  if (reason !== 'PullRequest')
    return `comment: this run is of no pull request (Build.Reason is ${reason}), so there is none to write to.`;
  if (provider !== 'TfsGit')
    return `comment: the pull request is not in Azure Repos (Build.Repository.Provider is ${provider}), so nothing is written to it: its findings are annotations of this run, and in the file of sarifFile.`;
  const server = readEndpoint('SYSTEMVSSCONNECTION');
  const missing: string[] = [];
  const need = (name: string, value: string | undefined): string => {
    if (value === undefined || value === '') missing.push(name);
    return value ?? '';
  };
  const variable = (name: string): string => need(name, tl.getVariable(name));
  const collectionUrl = need('System.CollectionUri', tl.getVariable('System.CollectionUri') ?? server.url);
  const token = need('the job token', server.field('AccessToken'));
  const [repositoryId, number] = [variable('Build.Repository.ID'), variable('System.PullRequest.PullRequestId')];
  const [projectId, definitionId] = [variable('System.TeamProjectId'), variable('System.DefinitionId')];
  const buildId = variable('Build.BuildId');
  if (missing.length > 0)
    return `comment: the agent did not provide ${missing.join(', ')}, so nothing is written to the pull request.`;
  const base = collectionUrl.replace(/\/*$/, '/');
  return {
    address: {
      collectionUrl: base,
      token,
      http: agentNetwork(base),
      repositoryId,
      pullRequestId: Number(number),
      sourceCommit: tl.getVariable('System.PullRequest.SourceCommitId'),
      runUrl: `${base}${projectId}/_build/results?buildId=${buildId}`,
    },
    names: {
      number: Number(number),
      repository: tl.getVariable('Build.Repository.Name') ?? repositoryId,
      project: tl.getVariable('System.TeamProject') ?? projectId,
      projectId,
      organization: organizationOf(base),
    },
    definitionId,
    pipeline: tl.getVariable('Build.DefinitionName') ?? `pipeline ${definitionId}`,
    folder: tl.getVariable('Build.Repository.LocalPath'),
  };
}

/** `https://dev.azure.com/contoso/`, `https://contoso.visualstudio.com/`, or a server's `https://tfs/DefaultCollection/`. */
function organizationOf(collectionUrl: string): string {
  const { hostname, pathname } = new URL(collectionUrl);
  const last = pathname.split('/').findLast((one) => one !== '');
  return last === undefined ? hostname.split('.')[0]! : decodeURIComponent(last);
}
