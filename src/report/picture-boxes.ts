import { xmlText } from '../finding/xml.ts';
import type { Point } from '../graph/layout.ts';
import type { Scene, SceneBox, SceneService } from './order-scene.ts';
import { place, type Port } from './picture-arrows.ts';
import { shorten, textWidth } from './text-width.ts';

/** Sizes in pixels at the scale of 1. */
const PADDING = 14;
const HEADER = 38;
const JOB_LABEL = 22;
const CHIP = 30;
const CHIP_GAP = 8;
const LEAST_WIDTH = 132;
const MOST_LETTERS = 36;
const ELSEWHERE = 'not deployed here';

interface Chip extends Point {
  readonly place: SceneService;
  readonly width: number;
}

/** A box with all that is drawn in it, relative to its corner. */
export interface DrawnBox {
  readonly box: SceneBox;
  readonly width: number;
  readonly height: number;
  readonly labels: readonly (Point & { readonly text: string })[];
  readonly chips: readonly Chip[];
}

/** How large a box is, and what stands where in it. */
export function drawBox(box: SceneBox): DrawnBox {
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

export function boxSvg({ box, width, height, labels, chips }: DrawnBox, at: Point, { needs }: Scene): string {
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

/** Arrows that are about a service begin and end at it; others at the head of its box. */
export function portOf({ chips, width, box }: DrawnBox, at: Point, service: SceneService | undefined): Port {
  const chip = chips.find((one) => one.place === service);
  if (chip !== undefined)
    return { left: at.x + chip.x, right: at.x + chip.x + chip.width, y: at.y + chip.y + CHIP / 2 };
  return { left: at.x, right: at.x + width, y: at.y + (box.stage === undefined ? 25 : 19) };
}
