import { isInterruption, RolloutError } from '../errors.ts';
import type { RolloutPorts } from '../ports.ts';

/** What is in place of one service right now, for whoever has to go on from here. */
export interface Sight {
  readonly service: string;
  /** What users' side reports, or null where it does not tell. */
  readonly version: string | null;
  readonly sentence: string;
  /** The command by which a person puts it right. */
  readonly byHand: string;
}

/** A service that is looked at for a person, as its kind does it. */
export interface InPlace {
  readonly name: string;
  readonly byHand: string;
  /** @throws RolloutError when it cannot be read */
  readonly look: () => Promise<Sight>;
}

/** Tells of each service what is in place now. Who was told to stop has no time for it, and what cannot be read is said. */
export async function tellWhatIsInPlace(services: readonly InPlace[], ports: RolloutPorts): Promise<readonly Sight[]> {
  const sights: Sight[] = [];
  for (const service of services) {
    if (ports.signal?.aborted) return sights;
    const sight = await lookOrSay(service, ports);
    if (sight === undefined) return sights;
    sights.push(sight);
    const message = `in place now: ${sight.sentence}`;
    await ports.tell({ step: 'observe', level: 'warning', service: service.name, message, at: ports.clock.now() });
  }
  return sights;
}

async function lookOrSay({ name, byHand, look }: InPlace, ports: RolloutPorts): Promise<Sight | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof RolloutError) return { service: name, version: null, sentence: error.message, byHand };
    if (isInterruption(error, ports.signal)) return undefined;
    throw error;
  }
}
