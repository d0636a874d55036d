import type { QualityGate, QualitySource } from '../gate/sources.ts';
import type { HttpGet } from '../probe/http.ts';

const WITHIN_MS = 10_000;

/**
 * Quality gates of a SonarQube server, by its web interface (`api/qualitygates/project_status`).
 * @param address without a slash at its end
 * @param token of a user who may browse the project; none where the server asks for none
 */
export function sonarqube(address: string, token: string | undefined, http: HttpGet): QualitySource {
  return {
    gate: async ({ project, branch, analysis }, signal) => {
      const query = new URLSearchParams({
        ...(project !== undefined && { projectKey: project }),
        ...(branch !== undefined && { branch }),
        ...(analysis !== undefined && { analysisId: analysis }),
      });
      const url = `${address}/api/qualitygates/project_status?${query.toString()}`;
      const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const answer = await http.get({ url, headers, timeoutMs: WITHIN_MS }, signal);
      if (answer.kind !== 'answer') throw new Error(`SonarQube at ${address} gave no answer: ${answer.reason}`);
      if (answer.status !== 200)
        throw new Error(`SonarQube at ${address} answered ${answer.status}${cureOf(answer.status)}`);
      const gate = readGate(answer.body);
      if (gate === undefined) throw new Error(`what ${address} answered is no quality gate: is it a SonarQube?`);
      return gate;
    },
  };
}

function cureOf(status: number): string {
  if (status === 401 || status === 403) return ': check SONAR_TOKEN, and that its user may browse the project';
  return status === 404 ? ': it knows no such project, branch or analysis (yet)' : '';
}

/** Pure: an answer as a gate, or undefined when it is none. */
function readGate(text: string): QualityGate | undefined {
  let found: unknown;
  try {
    found = (JSON.parse(text) as { readonly projectStatus?: unknown } | null)?.projectStatus;
  } catch {
    return undefined;
  }
  if (typeof found !== 'object' || found === null) return undefined;
  const { status, conditions } = found as { readonly status?: unknown; readonly conditions?: unknown };
  if (typeof status !== 'string') return undefined;
  const failed = (Array.isArray(conditions) ? conditions : [])
    .filter((one): one is Record<string, unknown> => (one as { status?: unknown } | null)?.status === 'ERROR')
    .map(
      ({ metricKey, actualValue, errorThreshold }) =>
        `${String(metricKey)} is ${String(actualValue)}, limit ${String(errorThreshold)}`,
    );
  return { status, failed };
}
