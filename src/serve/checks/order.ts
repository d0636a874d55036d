import { readTexts } from '../../gate/ask.ts';
import type { Check, Verdict } from '../../gate/verdict.ts';

const PAUSE_MS = 30_000;

/** What is checked: files of one repository, as they are at one commit. */
export interface OrderQuestion {
  readonly repository: string;
  /** Whole, in hex. */
  readonly commit: string;
  readonly pipelineFile: string;
  readonly graphFile: string;
}

/** Checks an order where the files are. Rejects when they cannot be had. */
export type CheckOrderAt = (question: OrderQuestion, signal: AbortSignal) => Promise<Verdict>;

const REPOSITORY = /^[A-Za-z\d][\w.-]{0,99}$/;
/** No `..`, and nothing that a program could take for a flag. */
const PATH = /^(?![-/])(?!.*(?:^|\/)\.\.(?:\/|$))[\w. /-]{1,300}$/;

/**
 * Does a pipeline respect its service graph at a commit? By the same check as `validate`. A commit does not change, so what
 * was found there is final; that it is not in the clone yet is not.
 */
export function orderCheck(check: CheckOrderAt | undefined): Check {
  return {
    name: 'order',
    read: (question) => {
      const { texts, problems } = readTexts(question, ['repository', 'commit', 'pipelineFile', 'graphFile']);
      if (problems.length > 0) return { problems };
      const { repository, commit, pipelineFile = 'azure-pipelines.yml', graphFile = 'service-graph.yml' } = texts;
      if (repository === undefined || commit === undefined)
        return {
          problems: [
            "the body needs 'repository', a clone below --repositories, and 'commit', such as $(Build.SourceVersion)",
          ],
        };
      if (!REPOSITORY.test(repository))
        return { problems: ["'repository' must be the name of a folder below --repositories"] };
      if (!/^[\da-f]{40}$/i.test(commit))
        return { problems: ["'commit' must be a whole commit id: 40 digits 0-9 and a-f"] };
      for (const path of [pipelineFile, graphFile])
        if (!PATH.test(path))
          return {
            problems: [`'${path.slice(0, 80)}' must be a path in the repository, such as deploy/service-graph.yml`],
          };
      if (check === undefined)
        return { problems: ['no repositories are known here: start the service with --repositories'] };
      const asked = { repository, commit: commit.toLowerCase(), pipelineFile, graphFile };
      let final: Verdict | undefined;
      return {
        subject: `the order of ${repository}/${pipelineFile} at ${commit.slice(0, 10)}`,
        pauseMs: PAUSE_MS,
        ask: async (_, signal) => {
          const verdict = final ?? (await check(asked, signal));
          if (verdict.kind !== 'not-yet') final = verdict;
          return verdict;
        },
      };
    },
  };
}
