import { findCycles } from '../graph/cycles.ts';
import { makeGraph } from '../graph/graph.ts';
import type { Deployment } from '../order/match/deployments.ts';
import { edgeVerdicts, type EdgeVerdict } from '../order/review/edges.ts';
import type { OrderReview, Reviewed } from '../order/review/review.ts';
import type { Job, Stage } from '../pipeline/model.ts';

/** A service in a box: a place where it is deployed. */
export interface SceneService {
  readonly service: string;
  readonly deployment: Deployment | undefined;
}

export interface SceneJob {
  readonly job: Job | undefined;
  readonly services: readonly SceneService[];
}

/** A stage of the pipeline, or a service that no stage deploys. */
export interface SceneBox {
  readonly title: string;
  readonly stage: Stage | undefined;
  readonly jobs: readonly SceneJob[];
}

/** A stage waits for another. */
export interface SceneWait {
  readonly from: number;
  readonly to: number;
  readonly layered: boolean;
}

/** A service needs another; both with the box that they are in. */
export interface SceneNeed {
  readonly from: number;
  readonly to: number;
  readonly before: SceneService;
  readonly after: SceneService;
  readonly verdict: EdgeVerdict['verdict'];
  /** The findings in words, or what the arrow says when there are none. */
  readonly text: string;
  /** One word at the arrow, for whoever sees no colour; undefined where all is well or nothing is known to say. */
  readonly tag: string | undefined;
  readonly layered: boolean;
}

/** The pipeline's graph with the service graph on it: what every drawing shows, without saying how. */
export interface Scene {
  readonly boxes: readonly SceneBox[];
  readonly waits: readonly SceneWait[];
  readonly needs: readonly SceneNeed[];
}

/** Draws together what a review says. Deterministic: stages and services in the order of their files. */
export function sceneOf(review: OrderReview): Scene {
  const { seen, deployments } = review.check;
  const stages = seen.pipeline?.stages ?? [];
  const places = new Map<string, SceneService[]>();
  const boxOf = new Map<SceneService, number>();
  const put = (place: SceneService, box: number): SceneService => {
    boxOf.set(place, box);
    places.set(place.service, [...(places.get(place.service) ?? []), place]);
    return place;
  };
  const boxes: SceneBox[] = stages.map((stage, box) => {
    const here = deployments.filter((one) => one.stage === stage);
    const of = (job: Job | undefined): SceneService[] =>
      here
        .filter((one) => one.job === job)
        .filter((one, at, all) => all.findIndex(({ service }) => service === one.service) === at)
        .map((deployment) => put({ service: deployment.service, deployment }, box));
    const jobs: SceneJob[] = stage.jobs.map((job) => ({ job, services: of(job) }));
    const somewhere = of(undefined);
    if (somewhere.length > 0) jobs.push({ job: undefined, services: somewhere });
    return { title: stage.name, stage, jobs };
  });
  const edges = edgeVerdicts(review);
  const joined = new Set(edges.flatMap(({ after, before }) => [after, before]));
  const names = new Set([...seen.services.map(({ name }) => name), ...joined]);
  for (const service of names) {
    if (places.has(service)) continue;
    const place = put({ service, deployment: undefined }, boxes.length);
    boxes.push({ title: service, stage: undefined, jobs: [{ job: undefined, services: [place] }] });
  }
  return withLayers(boxes, waitsOf(stages), needsOf(edges, places, boxOf));
}

type Loose<T> = Omit<T, 'layered'>;

function waitsOf(stages: readonly Stage[]): Loose<SceneWait>[] {
  const named = new Map(stages.map(({ name }, at) => [name.toLowerCase(), at]));
  return stages.flatMap(({ dependsOn }, to) => {
    const from = new Set(dependsOn.map(({ name }) => named.get(name.toLowerCase())));
    return [...from].flatMap((one) => (one === undefined || one === to ? [] : [{ from: one, to }]));
  });
}

function needsOf(
  edges: readonly EdgeVerdict[],
  places: ReadonlyMap<string, readonly SceneService[]>,
  boxOf: ReadonlyMap<SceneService, number>,
): Loose<SceneNeed>[] {
  return edges.flatMap((edge) => {
    const [before] = places.get(edge.before) ?? [];
    if (before === undefined) return [];
    const afters = places.get(edge.after) ?? [];
    const somewhere = edge.findings.some(({ finding }) => afters.some((after) => isAt(finding, after)));
    return afters.map((after) => {
      const findings = edge.findings.filter(({ finding }) => !somewhere || isAt(finding, after));
      // Where one of several deployments is wrong, the others are not.
      const verdict = edge.findings.length > 0 && findings.length === 0 ? 'holds' : edge.verdict;
      const said = findings.map(({ finding }) => finding.message).join('\n');
      const text = said === '' ? `${edge.after} needs ${edge.before}: ${MEANING[verdict]}` : said;
      const tag = tagOf(verdict, findings);
      return { from: boxOf.get(before)!, to: boxOf.get(after)!, before, after, verdict, text, tag };
    });
  });
}

/** What an arrow between services says, in a few words. */
export const MEANING: Readonly<Record<EdgeVerdict['verdict'], string>> = {
  holds: 'order proven',
  broken: 'order missing or unsafe',
  accepted: 'accepted finding',
  unknown: 'cannot be judged',
  unjudged: 'not deployed here',
};

function tagOf(verdict: EdgeVerdict['verdict'], findings: readonly Reviewed[]): string | undefined {
  if (verdict === 'accepted') return 'accepted';
  if (verdict === 'unknown') return 'unknown';
  if (verdict !== 'broken') return undefined;
  const error = findings.find(({ finding, standing }) => finding.severity === 'error' && standing.state === 'new');
  // Rules are named for what they find: missing-order, unsafe-condition, masked-failure.
  return error === undefined || error.finding.rule === 'same-job-order'
    ? 'reversed'
    : error.finding.rule.split('-')[0]!;
}

function isAt({ file, line }: { file: string; line: number }, { deployment }: SceneService): boolean {
  if (deployment === undefined) return true;
  return [deployment, deployment.stage, deployment.job, deployment.step].some(
    (place) => place?.file === file && place.line === line,
  );
}

/** Arrows in a circle cannot all go right. Those of the pipeline come first. */
function withLayers(
  boxes: readonly SceneBox[],
  waits: readonly Loose<SceneWait>[],
  needs: readonly Loose<SceneNeed>[],
): Scene {
  const alone = tangles(boxes.length, waits);
  const kept = waits.map((wait) => ({ ...wait, layered: !alone(wait) }));
  const together = tangles(boxes.length, [...kept.filter(({ layered }) => layered), ...needs]);
  return {
    boxes,
    waits: kept,
    needs: needs.map((need) => ({ ...need, layered: need.from !== need.to && !together(need) })),
  };
}

/** Whether both ends of an arrow lie on one circle. */
function tangles(
  size: number,
  edges: readonly { readonly from: number; readonly to: number }[],
): (edge: { readonly from: number; readonly to: number }) => boolean {
  const above: string[][] = Array.from({ length: size }, () => []);
  for (const { from, to } of edges) if (from !== to) above[to]!.push(String(from));
  const graph = makeGraph(above.map((dependsOn, at) => ({ name: String(at), dependsOn })));
  const tangle = new Map<string, number>();
  findCycles(graph).forEach(({ members }, at) => members.forEach((member) => tangle.set(member, at)));
  return ({ from, to }) => tangle.has(String(from)) && tangle.get(String(from)) === tangle.get(String(to));
}
