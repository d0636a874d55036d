import type { CatalogueDraft } from '../../catalogue/read-catalogue.ts';
import type { Choices } from '../../pipeline/expand/expand-pipeline.ts';
import { matchDeployments } from '../match/match-deployments.ts';
import { withoutRollbacks } from '../match/rollbacks.ts';
import { readEveryRun } from './read-cases.ts';

/** Whether runs with other choices than those that were given deploy a service to an environment. */
export type DeployedOtherwise = (service: string, environment: string) => boolean;

interface Asked {
  readonly pipelineText: string;
  readonly pipelineFile: string;
  readonly graphFile: string;
  readonly choices?: Choices;
}

/**
 * Who gives `--parameter withDb=false` asks about runs that leave the database out: that it is not deployed in them is no
 * fault, as long as others deploy it. Only some of those are looked at, and only when somebody asks.
 */
export function lookOtherwise(
  { pipelineText, pipelineFile, graphFile, choices = {} }: Asked,
  { services, environments, deploys }: CatalogueDraft,
): DeployedOtherwise {
  const { parameters = {}, variables = {}, ...rest } = choices;
  if (Object.keys({ ...parameters, ...variables }).length === 0) return () => false;
  let found: ReadonlySet<string> | undefined;
  const look = (): ReadonlySet<string> => {
    const { pipeline, targets } = readEveryRun(pipelineText, pipelineFile, rest);
    if (pipeline === undefined) return new Set();
    const all = matchDeployments({ pipeline, services, environments, deploys, graphFile, targets });
    const { matching } = withoutRollbacks(all, pipeline);
    return new Set([...matching.deployments.values()].flat().map((one) => keyOf(one.service, one.environment)));
  };
  return (service, environment) => (found ??= look()).has(keyOf(service, environment));
}

function keyOf(service: string, environment: string): string {
  return JSON.stringify([service, environment]);
}
