import { PRODUCTION } from '../catalogue/model.ts';
import type { CatalogueDraft } from '../catalogue/read-catalogue.ts';
import { sortFindings, type Finding } from '../finding/finding.ts';
import type { Choices } from '../pipeline/expand/expand-pipeline.ts';
import type { Case } from '../pipeline/expand/needs.ts';
import type { Unresolved } from '../pipeline/model.ts';
import type { ReadPipeline } from '../pipeline/read-pipeline.ts';
import type { OrderCheck, Seen } from './answer.ts';
import type { DeployedOtherwise } from './cases/deployed-otherwise.ts';
import { joinCases } from './cases/join-cases.ts';
import { describeCase, mergeFound } from './cases/merge-cases.ts';
import { MOST_CASES, type Leaf, type Split } from './cases/split-cases.ts';
import { isComplete, type CaseCheck } from './check-case.ts';
import { canBeAccepted, RULES } from './rulebook/rule-texts.ts';

/** One case of what may be chosen, as it was read and judged. */
export interface Judged {
  readonly read: ReadPipeline;
  readonly check: CaseCheck;
}

/** What was asked. */
interface Asked {
  readonly pipelineFile: string;
  readonly choices?: Choices;
}

/**
 * One answer of all cases: what was found in some of them says in which.
 * @param names how choices are written, by their ids
 */
export function concludeCases(
  { leaves, left, stoodFor }: Split<Judged>,
  names: ReadonlyMap<string, string>,
  {
    draft,
    findings: ofGraph,
    input,
    deployedOtherwise,
  }: {
    readonly draft: CatalogueDraft;
    readonly findings: readonly Finding[];
    readonly input: Asked;
    readonly deployedOtherwise: DeployedOtherwise;
  },
): OrderCheck {
  const cases = leaves.map(({ within }) => within);
  const results = leaves.map(({ result }) => result);
  const found = mergeFound(
    cases,
    results.map(({ read, check }) => [...read.findings, ...check.findings].filter(({ rule }) => rule !== UNDEPLOYED)),
    keyOf,
    names,
  ).map(({ one, when }): Finding => {
    if (when === undefined) return one;
    return { ...one, message: `with ${when}: ${one.message}`, identity: one.identity ?? one.message };
  });
  const open = mergeFound(
    cases,
    results.map(({ read, check }) => [...read.unresolved, ...check.unresolved]),
    // Of one step it is told once, with the jobs that it is in.
    ({ file, line, column, what }) =>
      JSON.stringify([file, line, column, what.replace(/; say with deployedBy.*$/, '')]),
    names,
  ).map(({ one, when }) => (when === undefined ? one : { ...one, what: `with ${when}: ${one.what}` }));
  const findings = distinct(sortFindings([...ofGraph, ...found, ...neverDeployed(results)]));
  const unresolved = sortUnresolved([...open, ...tooMany(left, leaves, names, input)]);
  const joined = joinCases(results.map(({ read, check }) => ({ pipeline: read.pipeline, ...check })));
  const preconditions = [
    ...new Map(
      results.flatMap(({ check }) => check.preconditions.map((one) => [JSON.stringify(one), one] as const)),
    ).values(),
  ];
  const [first] = results;
  const seen: Seen = {
    pipeline: joined.pipeline,
    services: draft.nodes,
    judgements: first?.check.judgements ?? [],
    otherwise: results.slice(1).flatMap(({ check }) => check.judgements),
    whole: results.every(({ read: { pipeline } }) => pipeline !== undefined && isComplete(pipeline)),
    defaulted: [...new Set(results.flatMap(({ read }) => read.defaulted))],
    cases: {
      count: leaves.length + stoodFor,
      judged: leaves.length,
      of: [...new Set(cases.flatMap((one) => [...one.keys()]))].map((id) => nameIn(names, id)),
    },
    given: Object.entries({ ...input.choices?.parameters, ...input.choices?.variables }).map(
      ([name, value]) => `${name}=${value}`,
    ),
    leftOut: leftOut(draft, results, deployedOtherwise),
    standing: [...new Set(results.flatMap(({ read }) => read.needs.standing()))].map((id) => nameIn(names, id)),
  };
  return {
    ok: unresolved.length === 0 && findings.every(({ severity }) => severity !== 'error'),
    findings,
    deployments: joined.deployments,
    unresolved,
    preconditions,
    ignored: draft.ignored,
    seen,
    sources: new Map(results.flatMap(({ read }) => [...read.sources])),
  };
}

/** What makes findings of two cases one. */
function keyOf({ rule, file, line, column, message, identity, services }: Finding): string {
  const what = RULES[rule]?.oneInAllCases === true ? [identity ?? message] : [message, services];
  return JSON.stringify([rule, file, line, column, ...what]);
}

const UNDEPLOYED = 'undeployed-service';

/**
 * What is said of services that no run deploys: one that is deployed in some of them is deployed. Each environment is for
 * itself; a `deployedBy` that leads nowhere is told of a service as a whole.
 */
function neverDeployed(results: readonly Judged[]): readonly Finding[] {
  const said = results.map(({ check }) => check.findings.filter(({ rule }) => rule === UNDEPLOYED));
  if (results.length === 1) return said[0] ?? [];
  const first = new Map(
    said
      .flat()
      .toReversed()
      .map((one) => [subjectOf(one), one] as const),
  );
  return [...first].flatMap(([subject, one]) => {
    const [service = ''] = one.services;
    const isSaid = (other: Finding): boolean => [subject, service].includes(subjectOf(other));
    return results.some((each, at) => mayDeploy(subject, said[at]!.some(isSaid), each)) ? [] : [one];
  });
}

/** A service, or a service in an environment. */
function subjectOf({ identity, services }: Finding): string {
  return identity ?? services[0] ?? '';
}

/** Services that the given choices leave out of every run that was looked at, and that other choices deploy. */
function leftOut(
  { services, deploys }: CatalogueDraft,
  results: readonly Judged[],
  deployedOtherwise: DeployedOtherwise,
): readonly string[] {
  const touched = new Set(
    results.flatMap(({ check }) => check.deployments.map(({ service, environment }) => `${environment} ${service}`)),
  );
  return services
    .map(({ name }) => name)
    .filter((name) => deploys === undefined || deploys.includes(name))
    .filter((name) => !touched.has(`${PRODUCTION} ${name}`) && deployedOtherwise(name, PRODUCTION));
}

/**
 * Whether a run deploys it, or may: a run that is refused says nothing of it, and so does one that has nothing to do with
 * its environment.
 */
function mayDeploy(subject: string, isSaid: boolean, { read, check }: Judged): boolean {
  const isDeployed = check.deployments.some(
    ({ service, environment }) => subject === service || subject === `${service} in ${environment}`,
  );
  const isFaulty = [...read.findings, ...check.findings].some(({ rule }) => !canBeAccepted(rule));
  return !isSaid && (isDeployed || (!isFaulty && read.unresolved.length + check.unresolved.length > 0));
}

function nameIn(names: ReadonlyMap<string, string>, id: string): string {
  return names.get(id) ?? id;
}

/** Cases that nobody has looked at: the first of them says how far the check has come. */
function tooMany(
  left: readonly Case[],
  leaves: readonly Leaf<Judged>[],
  names: ReadonlyMap<string, string>,
  { pipelineFile }: Asked,
): Unresolved[] {
  const [next] = left;
  if (next === undefined) return [];
  const ids = new Set([...left, ...leaves.map(({ within }) => within)].flatMap((one) => [...one.keys()]));
  const of = [...ids].map((id) => nameIn(names, id)).join(', ');
  const count = leaves.length + left.length > MOST_CASES ? `more than ${MOST_CASES}` : 'too many';
  const what = `${count} combinations of ${of} make a difference: the order was judged for ${leaves.length} of them, and not for ${describeCase(next, names)}; choose some of them with --parameter NAME=VALUE or --variable NAME=VALUE, and check the others in a run of its own`;
  return [{ file: pipelineFile, line: 1, column: 1, what }];
}

/** A stage of several jobs can earn the same finding for each. */
function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ rule, file, line, column, message }) => {
    const key = JSON.stringify([rule, file, line, column, message]);
    return !seen.has(key) && seen.add(key);
  });
}

function sortUnresolved(unresolved: readonly Unresolved[]): Unresolved[] {
  const found = new Map(unresolved.map((one) => [JSON.stringify([one.file, one.line, one.column, one.what]), one]));
  return [...found.values()].sort(
    (a, b) => Number(a.file > b.file) - Number(a.file < b.file) || a.line - b.line || a.column - b.column,
  );
}
