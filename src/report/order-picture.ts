import { xmlText } from '../finding/xml.ts';
import { layOut, type Layout, type Point } from '../graph/layout.ts';
import type { OrderReview } from '../order/review/review.ts';
import { concludeOrder } from './order-conclusion.ts';
import { MEANING, sceneOf, type Scene, type SceneNeed } from './order-scene.ts';
import { curve, marker, place, SPACING } from './picture-arrows.ts';
import { boxSvg, drawBox, portOf, type DrawnBox } from './picture-boxes.ts';
import { PICTURE_STYLE } from './picture-style.ts';
import { shorten, textWidth } from './text-width.ts';

/** Sizes in pixels at the scale of 1. */
const MARGIN = 28;
const TITLE_HEIGHT = 64;
const LEGEND_HEIGHT = 44;

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
