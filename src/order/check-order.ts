import { wrongEdges } from '../catalogue/edges.ts';
import { GRAPH_FILE, readDraft, type CatalogueDraft } from '../catalogue/read-catalogue.ts';
import type { Choices } from '../pipeline/expand/expand-pipeline.ts';
import type { Case, Need, PlacedNeed } from '../pipeline/expand/needs.ts';
import type { Pipeline, Unresolved } from '../pipeline/model.ts';
import { readPipeline, type ReadPipeline } from '../pipeline/read-pipeline.ts';
import { lookOtherwise, type DeployedOtherwise } from './cases/deployed-otherwise.ts';
import { needsOf, withoutChoices } from './cases/open-needs.ts';
import { remembering } from './cases/read-cases.ts';
import { splitCases, type Split } from './cases/split-cases.ts';
import { standIns } from './switches/stand-ins.ts';
import type { OrderCheck } from './answer.ts';
import { serviceErrors } from '../pipeline/service-errors.ts';
import { findTargets } from '../pipeline/targets.ts';
import type { Matching } from './match/deployments.ts';
import { matchDeployments } from './match/match-deployments.ts';
import { checkCase, isComplete, NOTHING } from './check-case.ts';
import { concludeCases, type Judged } from './conclude-cases.ts';
import { JudgeMemory } from './judge/judge.ts';
import { makeFinding, type GraphRule } from './rulebook/model.ts';
import { graphCycle } from './rules/graph-cycle.ts';
import { unknownDependency } from './rules/unknown-dependency.ts';
import { versionMismatch } from './rules/version-mismatch.ts';

export type { OrderCheck, Seen } from './answer.ts';

export interface OrderInput {
  readonly pipelineText: string;
  readonly pipelineFile: string;
  readonly graphText: string;
  readonly graphFile: string;
  /** What is chosen when the pipeline is queued, and where its templates lie. */
  readonly choices?: Choices;
}

const GRAPH_RULES: readonly GraphRule[] = [unknownDependency, graphCycle, versionMismatch];
/**
 * Checks a pipeline file against a service graph file: does every job that deploys a service run after, and only on
 * the success of, jobs that deploy what the service needs? Pure; never throws on any input. When a file is faulty its
 * faults come alone: what would follow from them is not reported.
 */
export function checkOrder(input: OrderInput): OrderCheck {
  const draft = readDraft(input.graphText, input.graphFile);
  const edges = wrongEdges(draft.nodes).map(({ place, message, services }) =>
    makeFinding(GRAPH_FILE, place, message, services),
  );
  const inGraph = [...draft.findings, ...edges];
  const names = new Map<string, string>();
  const deployedOtherwise = lookOtherwise(input, draft);
  const split = inEveryCase(input, draft, inGraph.length === 0, names, deployedOtherwise);
  const circular = GRAPH_RULES.flatMap((rule) => rule(draft.nodes));
  return concludeCases(split, names, { draft, findings: [...inGraph, ...circular], input, deployedOtherwise });
}

/** Every case in which something differs that decides the order; one only where files are faulty. */
function inEveryCase(
  { pipelineText, pipelineFile, graphFile, choices = {} }: OrderInput,
  draft: CatalogueDraft,
  graphIsSound: boolean,
  names: Map<string, string>,
  deployedOtherwise: DeployedOtherwise,
): Split<Judged> {
  const remembered = remembering(choices);
  const memory = new JudgeMemory();
  const known = new WeakMap<Case, ReadPipeline>();
  const readIn = (within: Case): ReadPipeline => {
    const read = known.get(within) ?? readPipeline(pipelineText, pipelineFile, { ...remembered, within });
    known.set(within, read);
    return read;
  };
  const { services, environments, deploys } = draft;
  const open = {
    services,
    onHalf: new Map<string, 0 | 1>(),
    read: (within: Case): Pipeline | undefined => {
      const { pipeline, findings } = readIn(within);
      const isSound = pipeline !== undefined && findings.length === 0 && isComplete(pipeline);
      return isSound && serviceErrors(pipeline).length === 0 ? pipeline : undefined;
    },
    match: (pipeline: Pipeline): Matching =>
      matchDeployments({ pipeline, services, environments, deploys, graphFile, ...findTargets(pipeline) }),
  };
  return splitCases((within) => {
    const read = readIn(within);
    for (const [id, name] of read.choiceNames) if (!names.has(id)) names.set(id, name);
    const judge = (): { readonly result: Judged; readonly needs: readonly Need[] } => {
      const { pipeline } = read;
      const check =
        pipeline === undefined
          ? NOTHING
          : checkCase({ pipeline, read, draft, graphIsSound, graphFile, deployedOtherwise }, memory);
      const may = (): readonly PlacedNeed[] => read.needs.may();
      if (read.findings.length === 0 && graphIsSound)
        return { result: { read, check }, needs: needsOf(check.unresolved, may) };
      const told = <T extends { readonly unresolved: readonly Unresolved[] }>(of: T): T => ({
        ...of,
        unresolved: withoutChoices(of.unresolved, may),
      });
      return { result: { read: told(read), check: told(check) }, needs: [] };
    };
    // What is faulty without knowing a choice is so whatever is chosen.
    const needs = read.findings.length > 0 || !graphIsSound ? [] : read.needs.must;
    return { needs, cost: read.cost, judge, standIns: () => standIns({ ...open, within, needs: read.needs }, needs) };
  });
}
