import type { OrderReview } from '../order/review/review.ts';
import { escapeDot, escapeMermaid } from '../graph/draw.ts';
import { sceneOf, type Scene, type SceneService } from './order-scene.ts';

/** The review as a Mermaid flow chart: a box a stage, its services inside, what is missing in red. */
export function orderMermaid(review: OrderReview): string {
  const scene = sceneOf(review);
  const ids = idsOf(scene);
  const lines = ['flowchart LR'];
  scene.boxes.forEach(({ title, stage, jobs }, at) => {
    const services = jobs.flatMap((job) => job.services);
    if (stage === undefined) lines.push(`  ${ids.get(services[0]!)!}["${escapeMermaid(title)}"]:::elsewhere`);
    else if (services.length === 0) lines.push(`  s${at}["${escapeMermaid(title)}"]`);
    else {
      lines.push(`  subgraph s${at}["${escapeMermaid(title)}"]`);
      for (const one of services) lines.push(`    ${ids.get(one)!}(["${escapeMermaid(one.service)}"])`);
      lines.push('  end');
    }
  });
  const links: string[] = [];
  const link = (line: string, style: string): void => {
    lines.push(`  ${line}`);
    links.push(`  linkStyle ${links.length} ${style}`);
  };
  for (const { from, to } of scene.waits) link(`s${from} --> s${to}`, 'stroke:#8c959f');
  for (const { before, after, verdict, tag } of scene.needs) {
    const label = tag === undefined ? '' : `|${tag}|`;
    const arrow = verdict === 'holds' ? '-->' : '-.->';
    link(`${ids.get(before)!} ${arrow}${label} ${ids.get(after)!}`, `stroke:${COLOURS[verdict]},stroke-width:2px`);
  }
  return [...lines, ...links, '  classDef elsewhere stroke-dasharray: 4 3', ''].join('\n');
}

/** The review in the DOT language of Graphviz, as `orderMermaid` shows it. */
export function orderDot(review: OrderReview): string {
  const scene = sceneOf(review);
  const ids = idsOf(scene);
  const lines = ['digraph order {', '  rankdir=LR;', '  compound=true;', '  node [shape=box, style=rounded];'];
  scene.boxes.forEach(({ title, stage, jobs }, at) => {
    const services = jobs.flatMap((job) => job.services);
    if (stage === undefined) {
      lines.push(`  ${ids.get(services[0]!)!} [label="${escapeDot(title)}", style="rounded,dashed"];`);
      return;
    }
    lines.push(`  subgraph cluster_s${at} {`, `    label="${escapeDot(title)}";`);
    // An arrow between stages needs a node on each side, which is not to be seen.
    lines.push(`    s${at} [shape=point, style=invis];`);
    for (const one of services) lines.push(`    ${ids.get(one)!} [label="${escapeDot(one.service)}"];`);
    lines.push('  }');
  });
  for (const { from, to } of scene.waits)
    lines.push(`  s${from} -> s${to} [ltail=cluster_s${from}, lhead=cluster_s${to}, color="#8c959f"];`);
  for (const { before, after, verdict, tag } of scene.needs) {
    const style = verdict === 'holds' ? 'solid' : 'dashed';
    const label = tag === undefined ? '' : `, label="${tag}"`;
    lines.push(`  ${ids.get(before)!} -> ${ids.get(after)!} [color="${COLOURS[verdict]}", style=${style}${label}];`);
  }
  return [...lines, '}', ''].join('\n');
}

const COLOURS = {
  holds: '#1a7f37',
  broken: '#cf222e',
  accepted: '#9a6700',
  unknown: '#bf8700',
  unjudged: '#8c959f',
} as const;

function idsOf({ boxes }: Scene): ReadonlyMap<SceneService, string> {
  const services = boxes.flatMap(({ jobs }) => jobs.flatMap((job) => job.services));
  return new Map(services.map((one, at) => [one, `d${at}`]));
}
