import { toText } from '../../expression/convert.ts';
import { answerOf, onlyValue, type Knowledge } from '../../pipeline/expand/knowledge.ts';
import { variableId, type Case } from '../../pipeline/expand/needs.ts';

const BRANCH = variableId('Build.SourceBranch');
const NAME = variableId('Build.SourceBranchName');
const REASON = variableId('Build.Reason');
const PULL_REQUESTS = 'refs/pull/';

/**
 * Whether the variables of a case can be what they are together. Documented: the name of a branch is the last segment of
 * its path, and the branch of a pull request is `refs/pull/...`. Only what is certain is left out.
 */
export function isConsistent(within: Case): boolean {
  const branch = textOf(within.get(BRANCH));
  const named = within.get(NAME);
  if (branch !== undefined && branch.includes('/') && named !== undefined && !mayBe(named, branch.split('/').at(-1)!))
    return false;
  const isPullRequest = textOf(within.get(REASON)) === 'PullRequest';
  return !(isPullRequest && branch?.startsWith('refs/') && !branch.toLowerCase().startsWith(PULL_REQUESTS));
}

function textOf(knowledge: Knowledge | undefined): string | undefined {
  const value = knowledge && onlyValue(knowledge);
  return value && toText(value);
}

function mayBe(knowledge: Knowledge, literal: string): boolean {
  return (
    answerOf(knowledge, { holds: (value) => sameText(toText(value), literal), shape: { by: 'eq', literal } }) !== false
  );
}

function sameText(a: string | undefined, b: string): boolean {
  return a?.toLowerCase() === b.toLowerCase();
}
