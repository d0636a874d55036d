import type { Position } from '../../finding/finding.ts';
import type { Job, Pipeline, Stage } from '../../pipeline/model.ts';
import { applyEdits, openYaml, type EditableYaml, type Edit } from '../../yaml/edit.ts';
import { placeOf } from '../../yaml/node.ts';
import { decidingNodes } from '../rulebook/model.ts';
import type { OrderReview } from '../review/review.ts';
import { isWhatWasMeant } from './fix-proof.ts';

type Node = Stage | Job;

/** An edge that is missing: `after` has to wait for `before`; both stages, or both jobs of one stage. */
export interface Edge {
  readonly word: 'stage' | 'job';
  readonly after: Node;
  readonly before: Node;
  /** All that lie beside `after`: the stages, or the jobs of its stage. */
  readonly among: readonly Node[];
}

/** What `--fix` did about one missing edge, in words for its author. */
export interface FixedEdge extends Position {
  readonly word: 'stage' | 'job';
  readonly after: string;
  readonly before: string;
  /** Why it could not be written; undefined when it was. */
  readonly refused: string | undefined;
}

export interface OrderFix {
  readonly text: string;
  readonly edges: readonly FixedEdge[];
  /** Of the text as it is now. */
  readonly review: OrderReview;
}

const BYTE_ORDER_MARK = '\uFEFF';
/** Each round writes all edges that it finds; new ones show only where one service is deployed in several places. */
const MOST_ROUNDS = 10;

/**
 * Writes the `dependsOn` that the order check misses, and nothing else: every other byte stays. Suppressed findings are
 * left alone. Refused is what stands in a template or under a directive, what would close a circle, what has no name,
 * and whatever would not read afterwards as it was meant to.
 * @param review judges a text of the pipeline's file, as often as needed
 */
export function fixOrder(text: string, review: (text: string) => OrderReview): OrderFix {
  const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  let body = text.slice(mark.length);
  let current = review(text);
  const refused = new Map<string, FixedEdge>();
  const written: FixedEdge[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const yaml = openYaml(body);
    const { pipeline } = current.check.seen;
    if (yaml === undefined || pipeline === undefined) break;
    const plan = planEdges(current, pipeline, yaml);
    for (const one of plan.refused) refused.set(nameOf(one), one);
    const done = writeEdges(body, plan.batches, refused);
    if (done.edges.length === 0) break;
    written.push(...done.edges);
    body = done.body;
    current = review(mark + body);
  }
  const stillRefused = [...refused.values()].filter((one) => !written.some((edge) => nameOf(edge) === nameOf(one)));
  return { text: mark + body, edges: [...written, ...stillRefused], review: current };
}

/** All that is to be written at one stage or job: one edit. */
interface Batch {
  readonly after: Node;
  readonly names: { readonly add: readonly string[]; readonly whenAbsent: readonly string[] };
  readonly edit: Edit;
  readonly edges: readonly FixedEdge[];
}

function planEdges(
  review: OrderReview,
  pipeline: Pipeline,
  yaml: EditableYaml,
): { readonly batches: readonly Batch[]; readonly refused: readonly FixedEdge[] } {
  const refused: FixedEdge[] = [];
  const waits = new Waits();
  const opened = new Map<string, EditableYaml | undefined>([[pipeline.file, yaml]]);
  const yamlOf = (file: string): EditableYaml | undefined => {
    if (!opened.has(file)) opened.set(file, openYaml(review.sources.get(file)?.replace(/^\uFEFF/, '') ?? ''));
    return opened.get(file);
  };
  const byAfter = new Map<Node, Edge[]>();
  for (const edge of missingEdges(review, pipeline)) {
    const why = refusalOf(edge, yamlOf, pipeline.file) ?? waits.refusalOf(edge);
    if (why !== undefined) {
      refused.push(describe(edge, why));
      continue;
    }
    waits.add(edge);
    byAfter.set(edge.after, [...(byAfter.get(edge.after) ?? []), edge]);
  }
  const batches = [...byAfter].flatMap(([after, edges]): Batch[] => {
    const names = { add: edges.map(({ before }) => before.name), whenAbsent: after.dependsOn.map(({ name }) => name) };
    const planned = yaml.addNames(after, 'dependsOn', names);
    if ('edit' in planned)
      return [{ after, names, edit: planned.edit, edges: edges.map((edge) => describe(edge, undefined)) }];
    refused.push(...edges.map((edge) => describe(edge, planned.refused)));
    return [];
  });
  return { batches, refused };
}

/** Writes all batches at once; where the outcome does not read as it was meant to, one by one without the culprit. */
function writeEdges(
  body: string,
  batches: readonly Batch[],
  refused: Map<string, FixedEdge>,
): { readonly body: string; readonly edges: readonly FixedEdge[] } {
  const attempt = (some: readonly Batch[]): string | undefined => {
    const text = applyEdits(
      body,
      some.map(({ edit }) => edit),
    );
    return isWhatWasMeant(body, text, some) ? text : undefined;
  };
  const all = attempt(batches);
  if (all !== undefined) return { body: all, edges: batches.flatMap(({ edges }) => edges) };
  const good = batches.filter((batch) => attempt([batch]) !== undefined);
  for (const batch of batches)
    if (!good.includes(batch))
      for (const edge of batch.edges)
        refused.set(nameOf(edge), { ...edge, refused: 'its layout is not one that can be added to safely' });
  const rest = attempt(good);
  return rest === undefined ? { body, edges: [] } : { body: rest, edges: good.flatMap(({ edges }) => edges) };
}

/** The edges behind the open findings of `missing-order`, each once, in the order of the findings. */
function missingEdges({ findings, check }: OrderReview, { stages }: Pipeline): Edge[] {
  const open = new Set(
    findings
      .filter(({ finding }) => finding.rule === 'missing-order')
      .map(({ finding: { file, line, column, services } }) => JSON.stringify([file, line, column, ...services])),
  );
  const edges = new Map<string, Edge>();
  for (const { verdict, requirement, ...judgement } of check.seen.judgements) {
    if (verdict !== 'missing' || !('before' in judgement)) continue;
    const { word, after, before } = decidingNodes(judgement.after, judgement.before);
    const key = JSON.stringify([after.file, after.line, after.column, requirement.after, requirement.before]);
    if (!open.has(key)) continue;
    const among = word === 'stage' ? stages : judgement.after.stage.jobs;
    const edge = { word, after, before, among };
    edges.set(nameOf(describe(edge, undefined)), edge);
  }
  return [...edges.values()];
}

function refusalOf(
  { word, after, before, among }: Edge,
  yamlOf: (file: string) => EditableYaml | undefined,
  file: string,
): string | undefined {
  if ('startedByHand' in after && after.startedByHand)
    return `stage ${after.name} is started by a person, \`trigger: manual\`, beside which no dependsOn may stand`;
  const [include] = after.includes;
  if (after.file !== file || include !== undefined)
    return `${word} ${after.name} comes from a template, ${placeText(after)}: write it there`;
  if (isGenerated(after, yamlOf)) return `${word} ${after.name} is generated by a template expression`;
  // A written list replaces the stage before, so that one has to be named, too.
  const above = after.dependsOn.map(({ name }) => among.find((one) => one.name.toLowerCase() === name.toLowerCase()));
  const implicit = 'order' in after && after.order === 'implicit';
  for (const node of [before, ...(implicit ? above : [])]) {
    if (node === undefined) continue;
    if (!node.named) return `the ${word} on line ${node.line} has no name to be waited for by: give it one`;
    if (isGenerated(node, yamlOf))
      return `${word} ${node.name} is generated by a template expression, and may not be there in every run`;
  }
  return undefined;
}

/** Whether a node, or a reference by which it came in, stands under a directive or is named by an expression. */
function isGenerated(node: Node, yamlOf: (file: string) => EditableYaml | undefined): boolean {
  return [node, ...node.includes].some((place) => yamlOf(place.file)?.isGenerated(place) ?? true);
}

function placeText({ file, line }: Position): string {
  return `${file}:${line}`;
}

/** Who waits for whom, with the edges that are about to be written. */
class Waits {
  readonly #added = new Map<Node, Node[]>();

  add({ after, before }: Edge): void {
    this.#added.set(after, [...(this.#added.get(after) ?? []), before]);
  }

  refusalOf({ word, after, before, among }: Edge): string | undefined {
    const named = new Map(among.map((node) => [node.name.toLowerCase(), node]));
    const seen = new Set<Node>([before]);
    // A set grows while it is walked.
    for (const node of seen) {
      if (node === after)
        return `it would close a circle: ${word} ${before.name} waits for ${after.name}, directly or not`;
      for (const { name } of node.dependsOn) {
        const next = named.get(name.toLowerCase());
        if (next !== undefined) seen.add(next);
      }
      for (const next of this.#added.get(node) ?? []) seen.add(next);
    }
    return undefined;
  }
}

function describe({ word, after, before }: Edge, refused: string | undefined): FixedEdge {
  return { ...placeOf(after), word, after: after.name, before: before.name, refused };
}

function nameOf({ word, after, before, file }: FixedEdge): string {
  return JSON.stringify([file, word, after, before]).toLowerCase();
}
