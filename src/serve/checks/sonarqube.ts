import type { QualitySource } from '../../gate/sources.ts';
import { readTexts } from '../../gate/ask.ts';
import type { Check } from '../../gate/verdict.ts';

const PAUSE_MS = 15_000;

/** Is the quality gate of SonarQube passed? `NONE` is a project without a gate or an analysis, which is no pass. */
export function sonarqubeCheck(source: QualitySource | undefined): Check {
  return {
    name: 'sonarqube',
    read: (question) => {
      const { texts, problems } = readTexts(question, ['project', 'branch', 'analysis']);
      if (problems.length > 0) return { problems };
      const { project, branch, analysis } = texts;
      if ((project === undefined) === (analysis === undefined) || (branch !== undefined && project === undefined))
        return { problems: ["the body needs 'project' (with 'branch' where it is not the main one), or 'analysis'"] };
      if (source === undefined)
        return {
          problems: [
            'no SonarQube is known here: start the service with --sonarqube-url, and its token in SONAR_TOKEN',
          ],
        };
      const asked = {
        ...(project !== undefined && { project }),
        ...(branch !== undefined && { branch }),
        ...(analysis !== undefined && { analysis }),
      };
      return {
        subject: `the quality gate of ${project ?? `analysis ${analysis!}`}${branch === undefined ? '' : `, branch ${branch}`}`,
        pauseMs: PAUSE_MS,
        ask: async (_, signal) => {
          const { status, failed } = await source.gate(asked, signal);
          switch (status) {
            case 'OK':
              return { kind: 'pass', reason: 'the quality gate is passed' };
            case 'ERROR': {
              const why = failed.length === 0 ? 'it names no condition' : failed.join(', ');
              return { kind: 'fail', reason: `the quality gate is not passed: ${why}` };
            }
            default:
              return {
                kind: 'not-yet',
                reason: `SonarQube says '${status}', which is neither passed nor failed: is there a gate, and an analysis?`,
              };
          }
        },
      };
    },
  };
}
