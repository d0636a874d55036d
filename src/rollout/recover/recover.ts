import { RolloutError } from '../errors.ts';
import { loadEnvironment, type ReadText } from '../planning/load-catalogue.ts';
import type { RolloutPorts } from '../ports.ts';
import { rollBack } from './roll-back.ts';
import type { RollbackRequest, RollbackResult } from './rollback-result.ts';
import { changedPolicy, type RollBackSettings } from './roll-back.settings.ts';
import { readState } from '../way/context.ts';
import { DEFAULT_SWAP_POLICY } from '../way/policy.ts';
import { restoreWithoutJournal, strandedApps } from './without-journal.ts';

/**
 * Rolls a run back by its journal; where there is none, looks at the apps of the graph file, and restores only what a
 * person names.
 * @throws RolloutError as `rollBack`, and for `force` beside a journal: the journal knows better what to restore
 */
export async function recover(
  settings: Omit<RollBackSettings, 'azureSubscription' | 'scope'> & Pick<RollbackRequest, 'scope'>,
  subscription: string,
  reason: string,
  files: ReadText,
  ports: RolloutPorts,
): Promise<RollbackResult> {
  const { scope, services = [], force = {}, graphFile, environmentName } = settings;
  const policy = changedPolicy(settings);
  const { plans, promotions, problems } = await readState(ports);
  const journalled = plans.length > 0 || promotions.length > 0 || problems.length > 0;
  if (journalled && Object.keys(force).length > 0) {
    const problem = `force: run ${ports.journal.run} has a journal, which knows what to restore. Leave force out, and name the services if need be; or name a run that the journal does not have, to restore by force all the same.`;
    throw new RolloutError({ code: 'bad-input', problems: [problem] });
  }
  if (journalled || graphFile === undefined) return await rollBack({ scope, services, reason, policy }, ports);
  const catalogue = await loadEnvironment(graphFile, environmentName, files);
  const stranded = strandedApps(catalogue, force, subscription);
  return await restoreWithoutJournal(stranded, { ...DEFAULT_SWAP_POLICY, ...policy }, reason, ports);
}
