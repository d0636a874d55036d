import type { Spot } from './finding.ts';
import type { PackedFiles } from './packed-files.ts';

/** Width and height of a PNG are the first fields of its header. */
export function mustBePng(spot: Spot, path: string, size: number, files: PackedFiles): void {
  const bytes = files.bytes(path);
  if (bytes === undefined) return spot.say(`must have ${path}, which is not there`);
  const isPng = bytes.length > 24 && bytes.subarray(1, 4).toString('latin1') === 'PNG';
  const found = isPng ? `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}` : 'something else';
  if (found !== `${size}x${size}`) spot.say(`must have a PNG of ${size}x${size} as ${path}, not ${found}`);
}
