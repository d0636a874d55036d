import { randomUUID } from 'node:crypto';
import { readPlace } from '../host/graph-place.ts';
import { concludeSwap } from '../report/swap-conclusion.ts';
import { swapRequest } from '../rollout/swap/swap-request.ts';
import { swapRecorded } from '../rollout/swap/swap-recorded.ts';
import { swapSettings } from '../rollout/swap/swap.settings.ts';
import { accountFlags } from './account.ts';
import { command } from './command.ts';
import { accountOf, newRun, orStopped, rolloutPorts, undoCommand } from './rollout-ports.ts';

export default command({
  name: 'swap',
  description: `Swaps two slots of an App Service exactly once: the source slot must be healthy before, the target slot is watched
afterwards, and what turns out unhealthy is swapped back.

The swap request is sent once and never repeated blindly: when its reply is lost, both slots are read until they tell
what happened. Signs in with AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or with what az, azd or a managed
identity offer.`,
  examples: [
    [
      'safe-rollout swap --app-name contoso-payments --resource-group-name rg-contoso --health-path /health',
      'promotes staging to production',
    ],
    [
      'safe-rollout swap ... --expected-version 2.4.1 --version-path /version',
      'and insists on the version, before and after',
    ],
    ['safe-rollout swap ... --stale-routing clear', 'and removes a routing rule that somebody left behind'],
  ],
  declaration: swapSettings,
  extra: accountFlags,
  run: async (settings, session) => {
    const account = await accountOf(session);
    const request = swapRequest(settings, account.subscription, randomUUID());
    const place = await readPlace(settings, request.target);
    const run = newRun();
    const ports = rolloutPorts(session, account, settings.journal, run, {
      preserveVnet: settings.preserveVnet,
    });
    session.say(`run ${run}`);
    const undo = undoCommand(run, settings.journal, place?.service ?? request.service);
    return await orStopped(session, ports.journal, undo, async () => {
      const result = await swapRecorded(request, ports, {
        action: settings.action,
        why: settings.reason,
        place,
      });
      return concludeSwap(request, result, session.story, undo);
    });
  },
});
