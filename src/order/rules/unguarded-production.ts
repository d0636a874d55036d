import { PRODUCTION } from '../../catalogue/model.ts';
import type { Job, Stage } from '../../pipeline/model.ts';
import { asksPerson, stagesAbove } from '../judge/before-a-stage.ts';
import { placeNamed } from '../match/environment-words.ts';
import type { Deployment } from '../match/deployments.ts';
import { makeFinding, type OrderModel, type OrderRule } from '../rulebook/model.ts';

/**
 * Production is deployed by a plain job, while the stage of another place has a deployment job with an `environment`. The
 * checks of all that the jobs of a stage use have to be passed before the stage begins (documented), so an approval of an
 * environment holds back only stages that name it. Whether an environment has one the file does not tell; that it can have
 * none here, it does.
 *
 * Nothing is said where somebody may have to agree all the same: an environment of unknown or production's name, or a
 * manual validation, in the stage or in one that it waits for.
 */
export const unguardedProduction: OrderRule = (model) => {
  const { pipeline, matching, allJobsKnown } = model;
  if (!allJobsKnown || !pipeline.staged) return [];
  const deployed = new Map<Stage, Deployment[]>();
  for (const one of [...matching.deployments.values()].flat())
    deployed.set(one.stage, [...(deployed.get(one.stage) ?? []), one]);
  const guarded = pipeline.stages.filter(
    (stage) => stage.jobs.some(isDeployment) && placeOfStage(stage, deployed.get(stage), model) === 'elsewhere',
  );
  const [other] = guarded;
  if (other === undefined) return [];
  return [...deployed].flatMap(([stage, deployments]) => {
    if (placeOfStage(stage, deployments, model) !== 'production') return [];
    const above = [stage, ...stagesAbove(stage, pipeline)];
    if (above.some((one) => asksSomebody(one, guarded))) return [];
    const services = [...new Set(deployments.map(({ service }) => service))];
    const job = deployments[0]!.job ?? stage.jobs[0];
    const where = other.jobs.find(isDeployment)?.environment;
    const message =
      `stage ${stage.name} deploys ${joined(services)} by a plain job, while stage ${other.name} has an environment` +
      `${where === undefined ? '' : ` (${where})`}: no approval or check of an environment can hold it back; ` +
      `make the job a \`deployment\` with an \`environment\` of its own`;
    return [
      {
        ...makeFinding('unguarded-production', job ?? stage, message, services),
        identity: `stage ${stage.name}`,
        counterexample: `a run comes to ${stage.name}, and no environment is asked`,
      },
    ];
  });
};

function isDeployment({ kind }: Job): boolean {
  return kind === 'deployment';
}

/** By its name, and where that says nothing by what the graph says of its deployments, or by the names of its jobs. */
function placeOfStage(
  stage: Stage,
  deployments: readonly Deployment[] | undefined,
  { touched }: OrderModel,
): 'production' | 'elsewhere' | undefined {
  const named = placeNamed(stage.name);
  if (named !== undefined) return named;
  if (deployments !== undefined && touched.length > 1) {
    const places = new Set(deployments.map(({ environment }) => environment === PRODUCTION));
    if (places.size === 1) return places.has(true) ? 'production' : 'elsewhere';
  }
  const names = stage.jobs.map(({ name, environment }) => placeNamed(environment ?? '') ?? placeNamed(name));
  const [first] = names;
  return names.every((one) => one === first) ? first : undefined;
}

/** Whether a person may be asked before the stage goes on, for more than another place. */
function asksSomebody(stage: Stage, guarded: readonly Stage[]): boolean {
  return stage.jobs.some(asksPerson) || (stage.jobs.some(isDeployment) && !guarded.includes(stage));
}

function joined(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}`;
}
