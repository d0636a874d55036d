import type { Discussion } from '../order/discuss/discuss.ts';
import { MOST_THREADS, type ThreadPlan } from '../order/discuss/plan-threads.ts';
import type { PullRequestStatus, Refusal } from '../order/discuss/pull-request.ts';
import { counted } from './counted.ts';
import { neutral } from './neutral.ts';

/** The pull request in words, for whoever has to find it. */
export interface PullRequestNames {
  readonly number: number;
  readonly repository: string;
  readonly project: string;
  readonly projectId: string;
  /** The organization, or the collection of a server. */
  readonly organization: string;
}

/** What the log is told: `warning` is shown on the page of the run, too. */
export interface Said {
  readonly lines: readonly string[];
  readonly warning: string | undefined;
}

/** A status is one line beside others. */
const LONGEST_DESCRIPTION = 200;

/**
 * The verdict as a status. Its name tells steps of one pipeline apart that check other files: of two with one name the last
 * one would hide the first.
 * @param sentence of the conclusion, secrets masked
 */
export function statusOf(
  passed: boolean,
  sentence: string,
  { pipeline, pipelineFile, graphFile }: { pipeline: string; pipelineFile: string; graphFile: string },
  { beyond }: Pick<ThreadPlan, 'beyond'>,
): PullRequestStatus {
  const rest = beyond === 0 ? '' : ` ${counted(beyond, 'finding')} without a comment: see the run.`;
  const line = neutral(sentence).replaceAll('\n', ' ');
  const room = LONGEST_DESCRIPTION - rest.length;
  const description = `${line.length <= room ? line : `${line.slice(0, room - 3)}...`}${rest}`;
  return { name: `${pipeline}: ${pipelineFile} by ${graphFile}`, passed, description };
}

/** What was done in a pull request, or why nothing was, and what to do then. */
export function sayDiscussion(discussion: Discussion, wanted: number, names: PullRequestNames): Said {
  const { state, plan, created, edited, reopened, resolved, foreign, refusal } = discussion;
  const pull = `Pull request ${names.number}`;
  if (state === 'moved-on')
    return said([
      `${pull} was pushed to after this run began: the run of the newer state comments, this one does not.`,
    ]);
  if (refusal !== undefined) return said([], refusalText(refusal, discussion, names));
  const { decided, unproven, beyond } = plan!;
  const changes = [
    ...some(created, 'new'),
    ...some(edited, 'changed'),
    ...some(reopened, 'opened again'),
    ...some(resolved, 'resolved'),
  ];
  const open = counted(wanted - beyond - decided + unproven, 'open comment');
  return said([
    `${pull}: ${open}; ${changes.length === 0 ? 'nothing to change' : changes.join(', ')}.`,
    ...(decided > 0 ? [`${counted(decided, 'finding')} somebody has closed there: left closed.`] : []),
    ...(unproven > 0
      ? [`${counted(unproven, 'comment')} left open: not everything could be judged, so nothing proves a fix.`]
      : []),
    ...(beyond > 0
      ? [`${counted(beyond, 'finding')} without a comment: a pull request gets ${MOST_THREADS} at most.`]
      : []),
    ...(foreign > 0
      ? [`${counted(foreign, 'comment')} with an older text: only the identity that wrote it may change it.`]
      : []),
  ]);
}

function said(lines: readonly string[], warning?: string): Said {
  return { lines, warning };
}

function some(count: number, what: string): string[] {
  return count === 0 ? [] : [`${count} ${what}`];
}

function refusalText(refusal: Refusal, discussion: Discussion, names: PullRequestNames): string {
  const { created, edited, reopened, resolved } = discussion;
  const done = created + edited + reopened + resolved;
  const { number, repository } = names;
  const what = done === 0 ? 'Nothing was written to' : `Only ${counted(done, 'change')} came into`;
  return `${what} pull request ${number} of ${repository}: ${whyAndCure(refusal, names)} The verdict of the check is the same. Azure DevOps: ${refusal.said.replace(/[.\s]*$/, '')}.`;
}

function whyAndCure({ kind, status, said: words }: Refusal, names: PullRequestNames): string {
  const security = `Project settings > Repositories > ${names.repository} > Security`;
  switch (kind) {
    case 'forbidden':
      return `the job's identity may not comment on it. Set 'Contribute to pull requests' to Allow for ${identityOf(words, names)} in ${security}.`;
    case 'unseen':
      return `the job's identity does not see it. Set 'Read' and 'Contribute to pull requests' to Allow for ${identityOf(words, names)} in ${security}.`;
    case 'failed':
      return `Azure DevOps did not take it${status === undefined ? '' : ` (status ${status})`}. The next run writes what is missing.`;
  }
}

/**
 * The two identities of jobs: which one it is depends on the authorization scope of jobs. Where the service names it, the
 * id behind `Build\` is that of the project for the first (seen in many logs).
 */
function identityOf(words: string, { project, projectId, organization }: PullRequestNames): string {
  const ofProject = `'${project} Build Service (${organization})'`;
  const ofCollection = `'Project Collection Build Service (${organization})'`;
  const [, id] = /Build\\+([0-9a-f-]{36})/i.exec(words) ?? [];
  if (id === undefined) return `${ofProject} or ${ofCollection}, whichever the job runs as,`;
  return id.toLowerCase() === projectId.toLowerCase() ? ofProject : ofCollection;
}
