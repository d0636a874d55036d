import { hasApp, type Service } from '../../catalogue/model.ts';
import type { Unresolved } from '../../pipeline/model.ts';
import type { Matching } from '../match/deployments.ts';
import type { Requirement } from './requirements.ts';

/** What another pipeline must have deployed when this one runs. */
export interface Precondition {
  readonly service: string;
  readonly needs: string;
  /** npm semver range, or undefined: any version. */
  readonly range: string | undefined;
  readonly environment: string;
}

/** Edges from what a pipeline deploys to what others do, and those of them that nobody asks for at run time. */
export function findPreconditions(
  requirements: readonly Requirement[],
  services: readonly Service[],
  deploys: readonly string[] | undefined,
  environment: string,
  matching: Matching,
): { readonly preconditions: readonly Precondition[]; readonly unresolved: readonly Unresolved[] } {
  const known = new Map(services.map((service) => [service.name, service]));
  const preconditions: Precondition[] = [];
  const unresolved: Unresolved[] = [];
  for (const { after, before } of requirements) {
    if (matching.deployments.has(before)) continue;
    const pipeline = matching.elsewhere.get(before)?.[0]?.pipeline;
    const outside = deploys !== undefined && !deploys.includes(before);
    if (pipeline === undefined && !outside) continue;
    const service = known.get(after)!;
    const range = service.dependsOn.find((edge) => edge.service === before)?.range;
    preconditions.push({ service: after, needs: before, range, environment });
    const asked = outside && hasApp(known.get(before)!) && isAskedFor(after, matching);
    if (asked) continue;
    const who = pipeline === undefined ? 'another pipeline' : `pipeline '${pipeline}'`;
    const cure = outside
      ? `; nobody asks for it when this one runs: let SafeRolloutDeploy deploy ${after}, or SafeRolloutSwap with graphFile, which do`
      : '';
    const { file, line, column } = service;
    unresolved.push({
      file,
      line,
      column,
      what: `${after} needs ${before}, which ${who} deploys at its own time${cure}`,
    });
  }
  return { preconditions, unresolved };
}

/** SafeRolloutDeploy, and SafeRolloutSwap that is given the graph, ask for health and version before they begin. */
function isAskedFor(service: string, { deployments }: Matching): boolean {
  return (deployments.get(service) ?? []).every(({ asksOthers }) => asksOthers);
}
