import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { taskFolders } from './tasks.ts';

type Colour = readonly [red: number, green: number, blue: number];

const NIGHT: Colour = [16, 42, 82];
const DAY: Colour = [0, 120, 212];
const LIGHT: Colour = [255, 255, 255];
const FRESH: Colour = [125, 220, 130];
/** Samples per pixel and axis: smooth edges without a graphics library. */
const SAMPLES = 4;

/**
 * The icon, drawn: a shield on which three releases rise one after the other, each ticked off before the next. Coordinates run
 * from 0 to 1 on both axes, down and to the right.
 * @returns colour and opacity (0 or 1) at a point
 */
function draw(x: number, y: number): readonly [...Colour, number] {
  if (!inShield(x, y, 0)) return [0, 0, 0, 0];
  if (inTick(x, y)) return [...FRESH, 1];
  if (inBars(x, y)) return [...LIGHT, 1];
  if (!inShield(x, y, 0.03)) return [...NIGHT, 1];
  if (!inShield(x, y, 0.06)) return [...LIGHT, 1];
  const blend = (from: number, to: number): number => from + (to - from) * (1 - y) * 0.95;
  return [blend(NIGHT[0], DAY[0]), blend(NIGHT[1], DAY[1]), blend(NIGHT[2], DAY[2]), 1];
}

/** Straight sides to the middle, then two curves that meet in a point below. */
function inShield(x: number, y: number, inset: number): boolean {
  const [top, shoulder, point] = [0.03 + inset, 0.42, 0.98 - inset * 1.6];
  if (y < top || y > point) return false;
  const down = Math.max(0, (y - shoulder) / (point - shoulder));
  return Math.abs(x - 0.5) < (0.44 - inset) * (1 - down ** 2.3);
}

/** Three bars that rise to the right. */
function inBars(x: number, y: number): boolean {
  const foot = 0.7;
  const heights = [0.13, 0.24, 0.35];
  return heights.some((height, index) => {
    const left = 0.265 + index * 0.175;
    return x > left && x < left + 0.12 && y > foot - height && y < foot;
  });
}

/** A tick above the smaller bars. */
function inTick(x: number, y: number): boolean {
  const near = (ax: number, ay: number, bx: number, by: number): boolean => {
    const share = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2);
    const at = Math.min(1, Math.max(0, share));
    return Math.hypot(x - ax - at * (bx - ax), y - ay - at * (by - ay)) < 0.038;
  };
  return near(0.27, 0.28, 0.37, 0.38) || near(0.37, 0.38, 0.56, 0.17);
}

/** Pixels as PNG: one filter byte and four colour bytes a pixel, compressed by zlib. */
export function iconPng(size: number): Buffer {
  const rows = Buffer.alloc(size * (1 + size * 4));
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const pixel = averageOf(size, column, row);
      rows.set(pixel, row * (1 + size * 4) + 1 + column * 4);
    }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8); // 8 bits a channel, RGBA
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function averageOf(size: number, column: number, row: number): number[] {
  const sum = [0, 0, 0, 0];
  for (let index = 0; index < SAMPLES * SAMPLES; index++) {
    const x = (column + ((index % SAMPLES) + 0.5) / SAMPLES) / size;
    const y = (row + (Math.floor(index / SAMPLES) + 0.5) / SAMPLES) / size;
    const [red, green, blue, alpha] = draw(x, y);
    for (const [channel, value] of [red, green, blue].entries()) sum[channel]! += value * alpha;
    sum[3]! += alpha;
  }
  const opaque = sum[3]!;
  const colour = sum.slice(0, 3).map((value) => (opaque === 0 ? 0 : Math.round(value / opaque)));
  return [...colour, Math.round((opaque / SAMPLES ** 2) * 255)];
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** CRC-32 of the PNG specification; `zlib.crc32` came with Node 22. */
function crc32(data: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

if (import.meta.filename === process.argv[1]) {
  const root = process.cwd();
  mkdirSync(join(root, 'images'), { recursive: true });
  writeFileSync(join(root, 'images/icon.png'), iconPng(128));
  for (const { path } of taskFolders(root)) writeFileSync(join(root, path, 'icon.png'), iconPng(32));
  console.error('drew images/icon.png and the icon of every task');
}
