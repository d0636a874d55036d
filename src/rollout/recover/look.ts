import { exposesOf } from '../kinds/table.ts';
import type { Looked } from '../plan/kind.ts';
import type { RolloutPorts } from '../ports.ts';
import type { InPlace } from '../promotion/in-place.ts';

/** These services as they are looked at for a person, each as its kind does it. */
export function inPlaceOf(services: readonly Looked[], ports: RolloutPorts): readonly InPlace[] {
  return services.map((service) => {
    const exposes = exposesOf(service.target);
    return {
      name: service.name,
      byHand: exposes.byHand(service.target),
      look: () => exposes.look(service, ports),
    };
  });
}
