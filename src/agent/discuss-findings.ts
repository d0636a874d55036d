import { createHash } from 'node:crypto';
import type { Position } from '../finding/finding.ts';
import { pathInRepository } from '../host/repository-folder.ts';
import { discuss } from '../order/discuss/discuss.ts';
import { settled } from '../order/discuss/settled.ts';
import type { ThreadPlace } from '../order/discuss/pull-request.ts';
import type { OrderReview } from '../order/review/review.ts';
import { sayDiscussion, statusOf } from '../report/discussion.ts';
import { findingThreads } from '../report/finding-threads.ts';
import { RolloutError } from '../rollout/errors.ts';
import { readPullRequestRun, type PullRequestRun } from './pull-request-run.ts';
import type { Agent } from './run-task.ts';
import { withoutSecrets } from './secrets.ts';

/** The two files of a check, as the log calls them. */
interface CheckedFiles {
  readonly pipelineFile: string;
  readonly graphFile: string;
}

/**
 * Writes the findings of a review into the pull request that the run is for, if it is for one of Azure Repos. What stands
 * in its way is told and changes no verdict.
 * @param sentence of the conclusion
 */
export async function discussFindings(
  review: OrderReview,
  files: CheckedFiles,
  sentence: string,
  agent: Agent,
): Promise<void> {
  const run = readRun(agent);
  if (run === undefined) return;
  const { address, names, definitionId, pipeline, folder } = run;
  const mask = withoutSecrets();
  const check = checkName(names.projectId, definitionId, files);
  const placeOf = ({ file, line, column }: Position): ThreadPlace | undefined => {
    const path = pathInRepository(file, { name: names.repository, folder });
    return path === undefined ? undefined : { path, line, column };
  };
  const wanted = findingThreads(review, { check, pipeline, placeOf, mask });
  // The client is loaded by those who need it: the check itself takes less time than that.
  const { azurePullRequest } = await import('../devops/pull-request.ts');
  const discussion = await discuss(azurePullRequest(address), {
    check,
    wanted,
    isSettled: settled(review),
    status: (plan) => statusOf(review.passed, mask(sentence), { pipeline, ...files }, plan),
    signal: agent.signal,
  });
  const { lines, warning } = sayDiscussion(discussion, wanted.length, names);
  for (const line of lines) agent.say(line);
  if (warning !== undefined) agent.warn(mask(warning));
}

/** @returns undefined when there is no pull request to write to, which the log is told */
function readRun(agent: Agent): PullRequestRun | undefined {
  try {
    const run = readPullRequestRun();
    if (typeof run !== 'string') return run;
    agent.say(run);
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    agent.warn(`comment: nothing is written to the pull request. ${error.message}`);
  }
  return undefined;
}

/** Threads of another pipeline, or about other files, are another check's. */
function checkName(projectId: string, definitionId: string, { pipelineFile, graphFile }: CheckedFiles): string {
  const identity = JSON.stringify([projectId.toLowerCase(), definitionId, pipelineFile, graphFile]);
  return createHash('sha256').update(identity).digest('hex').slice(0, 32);
}
