import type { SlotTarget } from '../journal/slots.ts';
import type { PlaceInGraph } from '../rollout/swap/place-in-graph.ts';
import { readText } from './text-file.ts';

/**
 * What a service graph on this machine says of the app whose slots are swapped; undefined when none is named.
 * Loaded late: most swaps name none, and the reader of YAML takes longer to load than all the rest.
 * @throws RolloutError as `placeInGraph`
 */
export async function readPlace(
  {
    graphFile,
    environmentName,
  }: { readonly graphFile: string | undefined; readonly environmentName: string | undefined },
  target: SlotTarget,
): Promise<PlaceInGraph | undefined> {
  if (graphFile === undefined) return undefined;
  const { placeInGraph } = await import('../rollout/swap/place-in-graph.ts');
  return await placeInGraph({ graphFile, environmentName }, target, { readText });
}
