import type { ContainerTarget } from '../../../journal/traffic.ts';
import { takeSample } from '../../../probe/sample.ts';
import type { Looked } from '../../plan/kind.ts';
import { hostOf, type RolloutPorts } from '../../ports.ts';
import type { Sight } from '../../promotion/in-place.ts';
import { probeTarget } from '../../way/policy.ts';
import { setTraffic, showTraffic } from './cures.ts';
import { describeRevision } from './new-revision.ts';
import type { ContainerHost } from './ports.ts';
import { revisionOf } from './shift-way.ts';
import { printWeights, weightsOf } from './weights.ts';

/** What users of an app get, how its revisions are, and whether it answers. @throws RolloutError when it cannot be read */
export async function lookAtApp({ name, target, health }: Looked, ports: RolloutPorts): Promise<Sight> {
  const of = target as ContainerTarget;
  const app = await hostOf<ContainerHost>(ports, target).observe(ports.signal);
  const weights = weightsOf(app.traffic);
  const served = [...weights.keys()].flatMap((one) => revisionOf(app.revisions, one) ?? []);
  const states = served.map((revision) => `'${revision.name}' is ${describeRevision(revision)}`).join(', ');
  const sample =
    app.url === null ? undefined : await takeSample(probeTarget(health, app.url, undefined), ports.http, ports.signal);
  const answers =
    sample === undefined ? 'it has no ingress' : sample.kind === 'good' ? 'it answers healthy' : sample.reason;
  const busy = app.operation === null ? '' : `, an operation (${app.operation}) is under way`;
  const last = app.lastChange === null ? '' : `, last changed ${app.lastChange}`;
  // The newest of the others that runs is most often the one that a person means.
  const other = app.revisions.findLast((one) => one.active && !weights.has(one.name));
  return {
    service: name,
    version: sample?.version ?? null,
    sentence: `app '${of.app}' gives ${printWeights(weights)} (${states === '' ? 'of no known revision' : states}), ${answers}${last}${busy}`,
    byHand: other === undefined ? showTraffic(of) : setTraffic(of, new Map([[other.name, 100]])),
  };
}
