import { mortalPorts, type Mortal } from '../../src/cli/rehearse/mortal-ports.ts';
import type { DeployPorts } from '../../src/rollout/ports.ts';

/**
 * A process that dies at its nth point, with the ports of a rehearsal.
 * @returns besides them how many points were passed so far; after a whole life, all there are
 */
export function mortal(
  ports: DeployPorts,
  killAt = Number.POSITIVE_INFINITY,
): Mortal & { readonly points: () => number } {
  let passed = 0;
  return { ...mortalPorts(ports, () => passed++ === killAt), points: () => passed };
}
