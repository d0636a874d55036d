import { PRODUCTION } from '../../catalogue/model.ts';
import type { Finding } from '../../finding/finding.ts';
import { looksBetween } from '../judge/health-evidence.ts';
import { matchingIn, type Deployment } from '../match/deployments.ts';
import { isOurs } from '../match/rollbacks.ts';
import { makeFinding, type OrderRule } from '../rulebook/model.ts';

/**
 * A service is deployed, one that needs it goes out next, and nothing in between can have looked whether the first is well.
 * The tasks of App Service end well when the release is in its place; whether it starts, or answers, is nobody's concern. Our
 * own tasks ask, and what they deploy needs no other check; nor does what asks for its dependencies itself.
 *
 * Only apps of App Service in production: a cluster, a database and a container app have an answer of their own to it.
 */
export const unverifiedDependency: OrderRule = ({ pipeline, matching, judgements, allJobsKnown }) => {
  // What is hidden may be the check.
  if (!allJobsKnown || !pipeline.stepsComplete) return [];
  const { deployments } = matchingIn(matching, PRODUCTION);
  // Of a service that is deployed in several places, nobody knows which of them the dependent goes by.
  const open = judgements
    .filter(({ verdict, after }) => verdict === 'holds' && after.environment === PRODUCTION && !after.asksOthers)
    .map(({ requirement, after }) => ({ requirement, after, befores: deployments.get(requirement.before) ?? [] }))
    .filter(({ befores }) => befores.length > 0 && befores.every(isBlind));
  if (open.length === 0) return [];
  const pairs = open.flatMap(({ after, befores }) =>
    befores.map((before) => ({ before, after, isOrdered: befores.length === 1 })),
  );
  const looks = looksBetween(pairs, pipeline, matching.uploads);
  const found = new Map<string, { readonly before: Deployment; readonly dependents: Set<string> }>();
  let at = 0;
  for (const { requirement, befores } of open) {
    const own = looks.slice(at, (at += befores.length));
    const first = befores[own.indexOf('none')];
    if (first === undefined || own.includes('maybe')) continue;
    const known = found.get(requirement.before) ?? { before: first, dependents: new Set<string>() };
    found.set(requirement.before, known);
    known.dependents.add(requirement.after);
  }
  return [...found.values()].map(({ before, dependents }) => describe(before, [...dependents]));
};

/** A task that puts a release into App Service and does not ask it. A script may ask behind its own deployment. */
function isBlind(before: Deployment): boolean {
  const { step, goesTo, inferredFrom } = before;
  const byScript = inferredFrom.includes('(');
  return step !== undefined && goesTo?.platform === 'appService' && !byScript && !isOurs(before);
}

function describe(before: Deployment, dependents: readonly string[]): Finding {
  const { service, inferredFrom } = before;
  const goOut = `${joined(dependents)} ${dependents.length === 1 ? 'goes' : 'go'} out`;
  const message =
    `${inferredFrom} does not ask whether ${service} is healthy, and nothing else does before ${goOut}: add a step that asks ` +
    `and fails, or let SafeRolloutDeploy or SafeRolloutSwap deploy ${service}`;
  return {
    ...makeFinding('unverified-dependency', before, message, [service, ...dependents]),
    identity: service,
    counterexample: `${service} answers every request with an error, the run goes on, and ${goOut} against it`,
  };
}

function joined(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}`;
}
