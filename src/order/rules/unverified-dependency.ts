import { PRODUCTION } from '../../catalogue/model.ts';
import type { Finding } from '../../finding/finding.ts';
import { looksBetween, type Look, type Pair } from '../judge/health-evidence.ts';
import type { Judgement } from '../judge/verdict.ts';
import { matchingIn, type Deployment, type Matching } from '../match/deployments.ts';
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
    .map((judgement) => ({ judgement, befores: deployments.get(judgement.requirement.before) ?? [] }))
    .filter(({ befores }) => befores.length > 0 && befores.every(isBlind));
  const asked = open.filter((one) => knownLook(one, matching) === undefined);
  const looks = looksBetween(asked.flatMap(pairsOf), pipeline, matching.uploads);
  let at = 0;
  const fresh = new Map(asked.map((one) => [one, looks.slice(at, (at += one.befores.length))]));
  const found = new Map<string, { readonly before: Deployment; readonly dependents: Set<string> }>();
  for (const one of open) {
    const { befores, judgement } = one;
    const own = fresh.get(one) ?? knownLook(one, matching)!;
    keepLook(one, matching, own);
    const first = befores[own.indexOf('none')];
    if (first === undefined || own.includes('maybe')) continue;
    const { before, after } = judgement.requirement;
    const known = found.get(before) ?? { before: first, dependents: new Set<string>() };
    found.set(before, known);
    known.dependents.add(after);
  }
  return [...found.values()].map(({ before, dependents }) => describe(before, [...dependents]));
};

/** A requirement that holds, and all deployments of what is needed. */
interface Held {
  readonly judgement: Judgement;
  readonly befores: readonly Deployment[];
}

function pairsOf({ judgement: { after }, befores }: Held): readonly Pair[] {
  return befores.map((before) => ({ before, after, isOrdered: befores.length === 1 }));
}

/**
 * What was found of a judgement in another case of the pipeline. The same object is the same way to the dependent, with
 * all that lies on it (`judge/proofs.ts`); of a swap the uploads count, too, wherever they are.
 */
const known = new WeakMap<Judgement, { readonly uploads: readonly unknown[]; readonly looks: readonly Look[] }>();

function knownLook(held: Held, matching: Matching): readonly Look[] | undefined {
  const one = known.get(held.judgement);
  const uploads = uploadsFor(held, matching);
  const isSame = one?.uploads.length === uploads.length && one.uploads.every((part, at) => part === uploads[at]);
  return held.befores.length === 1 && isSame ? one.looks : undefined;
}

function keepLook(held: Held, matching: Matching, looks: readonly Look[]): void {
  if (held.befores.length === 1) known.set(held.judgement, { uploads: uploadsFor(held, matching), looks });
}

function uploadsFor({ befores }: Held, { uploads }: Matching): readonly unknown[] {
  const own = uploads.get(befores[0]!.service);
  return own === undefined ? NONE : own.flatMap(({ environment, stage, job, step }) => [environment, stage, job, step]);
}

const NONE: readonly unknown[] = [];

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
