import { xmlAttribute, xmlText } from '../finding/xml.ts';
import { layOut, type Layout, type Point } from '../graph/layout.ts';
import type { OrderReview } from '../order/review/review.ts';
import { concludeOrder } from './order-conclusion.ts';
import { MEANING, sceneOf, type Scene, type SceneBox, type SceneNeed, type SceneService } from './order-scene.ts';
import { PICTURE_STYLE } from './picture-style.ts';
import { shorten, textWidth } from './text-width.ts';

/** Sizes in pixels at the scale of 1. */
const MARGIN = 28;
const TITLE_HEIGHT = 64;
const LEGEND_HEIGHT = 44;
const PADDING = 14;
const HEADER = 38;
const JOB_LABEL = 22;
const CHIP = 30;
const CHIP_GAP = 8;
const LEAST_WIDTH = 132;
const MOST_LETTERS = 36;
const ELSEWHERE = 'not deployed here';
const SPACING = { columns: 104, rows: 26, lane: 20 };

interface Chip extends Point {
  readonly place: SceneService;
  readonly width: number;
}

/** A box with all that is drawn in it, relative to its corner. */
interface DrawnBox {
  readonly box: SceneBox;
  readonly width: number;
  readonly height: number;
  readonly labels: readonly (Point & { readonly text: string })[];
  readonly chips: readonly Chip[];
}

/**
 * A picture of the pipeline's stages and, on them, the edges of the service graph: green where the order is proven, red
 * and dashed where it is missing. Made for light and dark pages, for screen readers and for print without colour.
 */
export function orderSvg(review: OrderReview): string {
  const scene = sceneOf(review);
  const drawn = scene.boxes.map(drawBox);
  const between = scene.needs.filter(({ from, to }) => from !== to);
  const layout = layOut(drawn, [...scene.waits, ...between], SPACING);
  const { sentence } = concludeOrder(review);
  const files = [...review.sources.keys()].map((file) => shorten(file, 60));
  const title = files.length === 0 ? 'Order of the pipeline' : files.slice(0, 2).join(' over ');
  const legend = legendOf(scene);
  const width = Math.ceil(
    Math.max(layout.width, legend.width, textWidth(title, 18), textWidth(sentence, 13)) + 2 * MARGIN,
  );
  const height = Math.ceil(layout.height + TITLE_HEIGHT + LEGEND_HEIGHT + 2 * MARGIN);
  const at = { x: Math.max(MARGIN, (width - layout.width) / 2), y: MARGIN + TITLE_HEIGHT };
  const broken = scene.needs.filter(({ verdict }) => verdict === 'broken').length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${xmlText(`${title}: ${sentence}`)}</title>`,
    `<desc id="desc">${xmlText(describe(scene))}</desc>`,
    `<style>${PICTURE_STYLE}</style>`,
    `<defs>${['wait', 'holds', 'broken', 'accepted', 'unknown', 'unjudged'].map(marker).join('')}</defs>`,
    `<rect class="page" width="${width}" height="${height}" rx="12"/>`,
    `<text class="title" x="${MARGIN}" y="${MARGIN + 18}">${xmlText(title)}</text>`,
    `<text class="${review.passed && broken === 0 ? 'good' : 'bad'} sentence" x="${MARGIN}" y="${MARGIN + 42}">${xmlText(sentence)}</text>`,
    `<g transform="translate(${place(at)})">`,
    ...scene.waits.map((wait, edge) => drawWait(wait, edge, drawn, layout)),
    ...drawn.map((box, index) => boxSvg(box, layout.boxes[index]!, scene)),
    ...needsSvg(scene, between, drawn, layout),
    '</g>',
    `<g transform="translate(${MARGIN} ${height - MARGIN - 8})">${legend.svg}</g>`,
    '</svg>',
    '',
  ].join('\n');
}

function drawBox(box: SceneBox): DrawnBox {
  const title = shorten(box.title, MOST_LETTERS);
  const labels: (Point & { text: string })[] = [];
  const chips: (Point & { place: SceneService })[] = [];
  if (box.stage === undefined) {
    const width = Math.ceil(Math.max(LEAST_WIDTH, textWidth(title, 13), textWidth(ELSEWHERE, 12)) + 2 * PADDING);
    return { box, width, height: 50, labels: [{ x: PADDING, y: 38, text: ELSEWHERE }], chips: [] };
  }
  let y = HEADER;
  const deploying = box.jobs.filter(({ services }) => services.length > 0);
  for (const { job, services } of deploying) {
    if (box.jobs.length > 1) {
      const after =
        job === undefined || job.dependsOn.length === 0
          ? ''
          : ` after ${job.dependsOn.map(({ name }) => name).join(', ')}`;
      labels.push({ x: PADDING, y: y + 14, text: shorten(`${job?.name ?? 'some job'}${after}`, MOST_LETTERS + 6) });
      y += JOB_LABEL;
    }
    for (const one of services) {
      chips.push({ x: PADDING, y, place: one });
      y += CHIP + CHIP_GAP;
    }
  }
  const others = box.jobs.length - deploying.length;
  if (others > 0) {
    const noun = others === 1 ? 'job' : 'jobs';
    labels.push({
      x: PADDING,
      y: y + 12,
      text: deploying.length === 0 ? `${others} ${noun}` : `and ${others} other ${noun}`,
    });
    y += JOB_LABEL;
  }
  const inside = Math.max(
    textWidth(title, 14) * 1.14,
    ...labels.map(({ text }) => textWidth(text, 12)),
    ...chips.map(({ place: one }) => textWidth(shorten(one.service, MOST_LETTERS), 13) + 34),
  );
  const width = Math.ceil(Math.max(LEAST_WIDTH, inside + 2 * PADDING));
  return { box, width, height: y + 6, labels, chips: chips.map((chip) => ({ ...chip, width: width - 2 * PADDING })) };
}

function boxSvg({ box, width, height, labels, chips }: DrawnBox, at: Point, { needs }: Scene): string {
  const title = shorten(box.title, MOST_LETTERS);
  const place0 = box.stage === undefined ? '' : ` (${box.stage.file}:${box.stage.line})`;
  const hover = `<title>${xmlText(`${box.stage === undefined ? 'service' : 'stage'} ${box.title}${place0}`)}</title>`;
  const parts = [
    `<g transform="translate(${place(at)})">${hover}`,
    `<rect class="${box.stage === undefined ? 'ghost' : 'stage'}" width="${width}" height="${height}" rx="8"/>`,
    `<text class="${box.stage === undefined ? 'service' : 'name'}" x="${PADDING}" y="${box.stage === undefined ? 22 : 24}">${xmlText(title)}</text>`,
    ...labels.map(({ x, y, text }) => `<text class="label" x="${x}" y="${y}">${xmlText(text)}</text>`),
  ];
  for (const { x, y, width: wide, place: one } of chips) {
    const wrong = needs.some(({ after, verdict }) => after === one && verdict === 'broken');
    const from = one.deployment === undefined ? '' : `: ${one.deployment.inferredFrom}, line ${one.deployment.line}`;
    parts.push(
      `<g><title>${xmlText(`${one.service}${from}`)}</title><rect class="chip${wrong ? ' wrong' : ''}" x="${x}" y="${y}" width="${wide}" height="${CHIP}" rx="6"/>` +
        `<circle class="dot${wrong ? ' wrong' : ''}" cx="${x + 14}" cy="${y + CHIP / 2}" r="4"/>` +
        `<text class="service" x="${x + 26}" y="${y + CHIP / 2 + 4.5}">${xmlText(shorten(one.service, MOST_LETTERS))}</text></g>`,
    );
  }
  parts.push('</g>');
  return parts.join('');
}

function drawWait(
  { from, to }: Scene['waits'][number],
  edge: number,
  drawn: readonly DrawnBox[],
  layout: Layout,
): string {
  const start = portOf(drawn[from]!, layout.boxes[from]!, undefined);
  const end = portOf(drawn[to]!, layout.boxes[to]!, undefined);
  const text = `${drawn[to]!.box.title} waits for ${drawn[from]!.box.title}`;
  return `<path class="wait" marker-end="url(#wait)" d="${curve(start, end, layout.lanes[edge]!).path}"><title>${xmlText(text)}</title></path>`;
}

function needsSvg(scene: Scene, between: readonly SceneNeed[], drawn: readonly DrawnBox[], layout: Layout): string[] {
  const lines: string[] = [];
  const tags: string[] = [];
  // What is wrong is drawn last, and so on top.
  const order = [...scene.needs].sort((a, b) => Number(a.verdict === 'broken') - Number(b.verdict === 'broken'));
  for (const need of order) {
    const { from, to, verdict, text } = need;
    const start = portOf(drawn[from]!, layout.boxes[from]!, need.before);
    const end = portOf(drawn[to]!, layout.boxes[to]!, need.after);
    const lane = from === to ? [] : layout.lanes[scene.waits.length + between.indexOf(need)]!;
    const { path, middle } = curve(start, end, lane);
    lines.push(
      `<path class="need ${verdict}" marker-end="url(#${verdict})" d="${path}"><title>${xmlText(text)}</title></path>`,
    );
    if (need.tag !== undefined) tags.push(tag(need.tag, verdict, middle, text));
  }
  return [...lines, ...tags];
}

function tag(word: string, verdict: string, { x, y }: Point, text: string): string {
  const width = Math.ceil(textWidth(word, 11) + 16);
  return (
    `<g transform="translate(${place({ x: x - width / 2, y: y - 10 })})"><title>${xmlText(text)}</title>` +
    `<rect class="tag ${verdict}" width="${width}" height="20" rx="10"/><text class="tag" x="${width / 2}" y="14">${word}</text></g>`
  );
}

/** Where arrows of a box begin and end: at its head, or at a service in it. */
interface Port {
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

function portOf({ chips, width, box }: DrawnBox, at: Point, service: SceneService | undefined): Port {
  const chip = chips.find((one) => one.place === service);
  if (chip !== undefined)
    return { left: at.x + chip.x, right: at.x + chip.x + chip.width, y: at.y + chip.y + CHIP / 2 };
  return { left: at.x, right: at.x + width, y: at.y + (box.stage === undefined ? 25 : 19) };
}

/** A smooth way from one port to another, through the lanes in between. */
function curve(from: Port, to: Port, lanes: readonly (readonly [Point, Point])[]): { path: string; middle: Point } {
  const forward = from.right <= to.left;
  const backward = to.right <= from.left;
  if (!forward && !backward) return loop(from, to);
  const bend = Math.min(48, SPACING.columns * 0.46) * (forward ? 1 : -1);
  const start = { x: forward ? from.right : from.left, y: from.y };
  const end = { x: (forward ? to.left : to.right) - Math.sign(bend) * 3, y: to.y };
  const points = [start, ...lanes.flatMap(([left, right]) => (forward ? [left, right] : [right, left])), end];
  const parts = [`M${place(start)}`];
  points.slice(1).forEach((point, index) => {
    const last = points[index]!;
    const isLane = index % 2 === 1;
    if (isLane) parts.push(`L${place(point)}`);
    else
      parts.push(
        `C${place({ x: last.x + bend, y: last.y })} ${place({ x: point.x - bend, y: point.y })} ${place(point)}`,
      );
  });
  const [a, b] = [points[points.length - 2]!, end];
  return { path: parts.join(' '), middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } };
}

/** Between two that stand above each other: out to the right and back. */
function loop(from: Port, to: Port): { path: string; middle: Point } {
  const side = Math.max(from.right, to.right);
  const out = side + 34 + Math.min(20, Math.abs(to.y - from.y) / 12);
  const end = { x: to.right + 3, y: to.y };
  const path = `M${place({ x: from.right, y: from.y })} C${place({ x: out, y: from.y })} ${place({ x: out, y: to.y })} ${place(end)}`;
  return { path, middle: { x: (from.right + 6 * (out - 0) + to.right) / 8, y: (from.y + to.y) / 2 } };
}

function legendOf({ waits, needs }: Scene): { svg: string; width: number } {
  const rows: [string, string, string][] = [
    ...(waits.length > 0 ? [['wait', 'wait', 'stage waits (dependsOn)'] as [string, string, string]] : []),
    ...(['holds', 'broken', 'accepted', 'unknown', 'unjudged'] as const)
      .filter((verdict) => needs.some((need) => need.verdict === verdict))
      .map((verdict): [string, string, string] => [`need ${verdict}`, verdict, `needed: ${MEANING[verdict]}`]),
  ];
  let x = 0;
  const parts = rows.map(([style, mark, text]) => {
    const svg = `<path class="${style}" marker-end="url(#${mark})" d="M${x} 0 L${x + 34} 0"/><text class="label" x="${x + 46}" y="4">${text}</text>`;
    x += 46 + textWidth(text, 12) + 28;
    return svg;
  });
  return { svg: parts.join(''), width: Math.max(0, x - 28) };
}

function marker(name: string): string {
  return `<marker id="${name}" viewBox="0 0 8 8" refX="6.5" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="head ${xmlAttribute(name)}" d="M0.5 0.5 L7.5 4 L0.5 7.5 Z"/></marker>`;
}

/** The picture in words, for who cannot see it. */
function describe({ boxes, waits, needs }: Scene): string {
  const stages = boxes.filter(({ stage }) => stage !== undefined);
  const list = (items: readonly string[]): string =>
    items.slice(0, 40).join('; ') + (items.length > 40 ? '; and more' : '');
  const waiting = waits.map(({ from, to }) => `${boxes[to]!.title} waits for ${boxes[from]!.title}`);
  const needing = needs.map(
    ({ before, after, verdict }) => `${after.service} needs ${before.service}: ${MEANING[verdict]}`,
  );
  return [
    `${stages.length} stages: ${list(stages.map(({ title }) => title))}.`,
    ...(waiting.length > 0 ? [`${list(waiting)}.`] : []),
    ...(needing.length > 0 ? [`${list(needing)}.`] : []),
  ].join(' ');
}

function place({ x, y }: Point): string {
  return `${round(x)} ${round(y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
