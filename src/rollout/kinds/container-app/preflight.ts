import type { ContainerTarget } from '../../../journal/traffic.ts';
import type { Refusal } from '../../way/refusal.ts';
import { enableIngress, setMultiple, setTraffic } from './cures.ts';
import { UNNAMED, type AppObservation } from './ports.ts';
import { isMultiple } from './shift-way.ts';
import { LATEST, printWeights, weightsOf } from './weights.ts';

/** Pure: everything about the app that makes a promotion unsafe before it begins. All reasons, not the first. */
export function refusals(app: AppObservation, target: ContainerTarget): Refusal[] {
  const found: Refusal[] = [];
  const refuse = (rule: Refusal['rule'], message: string): void => void found.push({ rule, message });
  const name = `App '${target.app}'`;
  if (!isMultiple(app))
    refuse(
      'single-revision',
      `${name} is in revision mode '${app.mode}', in which a new revision gets all users before any gate has seen it. Let it have several: ${setMultiple(target)}`,
    );
  if (app.url === null)
    refuse('no-ingress', `${name} has no ingress, so there is no traffic to give. Enable it: ${enableIngress(target)}`);
  if (/^stopped$/i.test(app.running ?? ''))
    refuse('app-stopped', `${name} is stopped. Start it in the portal, and run again.`);
  const weights = weightsOf(app.traffic);
  const sum = [...weights.values()].reduce((all, weight) => all + weight, 0);
  if (app.url !== null && sum !== 100)
    refuse('same-content', `The traffic of '${target.app}' is ${printWeights(weights)}, which is not 100 % together.`);
  const unnamed = app.traffic.filter(({ revision }) => revision?.startsWith(UNNAMED));
  if (unnamed.length > 0)
    refuse(
      'same-content',
      `The traffic of '${target.app}' names a revision by its label alone (${unnamed.map(({ revision }) => revision).join(', ')}), so it is not known what users get. Give it by the names of revisions: ${setTraffic(target, new Map([['REVISION', 100]]))}`,
    );
  // A symbolic entry is replaced by the name of the latest that is ready; where there is none, nobody knows what users get.
  if (weights.has(LATEST) && app.latestReadyRevision === null)
    refuse(
      'same-content',
      `The traffic of '${target.app}' follows its latest revision, and no revision is ready. Give it to one by name: ${setTraffic(target, new Map([['REVISION', 100]]))}`,
    );
  return found;
}
