import type { AlertSource, OpenAlert } from '../../gate/sources.ts';
import { property, textOf } from '../arm/arm-answer.ts';
import { ArmClient, type ArmAccess } from '../arm/arm-client.ts';
import { sharedToken } from '../identity/shared-token.ts';

/** The version of the recorded answers. */
const API_VERSION = '2019-05-05-preview';
/** Pages of a hundred. More open alerts than these are no state to deploy in, and are not read to their end. */
const MOST_PAGES = 20;

/**
 * Alerts of Azure Monitor. Its filters are by condition: an alert stays `New` when its condition has long been resolved
 * (recorded), so the state tells only what somebody has closed by hand. 30 days are the longest that can be asked for.
 */
export function azureAlerts(options: ArmAccess): AlertSource {
  const clients = new Map<string, ArmClient>();
  const credential = sharedToken(options.credential, options.clock);
  return {
    open: async (subscription, resourceGroup, signal) => {
      let arm = clients.get(subscription);
      if (arm === undefined) {
        const { endpoints, clock, times } = options;
        arm = new ArmClient(credential, subscription, endpoints, clock, {
          apiVersion: API_VERSION,
          ...(times === undefined ? {} : { times }),
        });
        clients.set(subscription, arm);
      }
      const query = new URLSearchParams({
        monitorCondition: 'Fired',
        timeRange: '30d',
        targetResourceGroup: resourceGroup,
      });
      const found: OpenAlert[] = [];
      const root = `/subscriptions/${encodeURIComponent(subscription)}/providers/Microsoft.AlertsManagement/alerts`;
      let page: string | undefined = `${root}?${query.toString()}`;
      for (let pages = 0; page !== undefined; pages += 1) {
        const what = `the alerts of resource group '${resourceGroup}'`;
        if (pages === MOST_PAGES) throw new Error(`${what} are more than ${MOST_PAGES} pages`);
        const list = await arm.read(page, what, signal);
        const value = property(list, 'value');
        if (!Array.isArray(value)) throw new Error(`${what} could not be read: the answer is no list`);
        found.push(...value.flatMap(openAlert));
        const next = textOf(list, 'nextLink');
        if (next !== null && !arm.isOwnAddress(next))
          throw new Error(`${what} go on at another host, which is not followed`);
        page = next ?? undefined;
      }
      return found;
    },
  };
}

/** Pure: an alert that is open, or none. One that cannot be read counts as open. */
function openAlert(alert: unknown): OpenAlert[] {
  const essentials = property(property(alert, 'properties'), 'essentials');
  if (textOf(essentials, 'monitorCondition')?.toLowerCase() === 'resolved') return [];
  if (textOf(essentials, 'alertState')?.toLowerCase() === 'closed') return [];
  return [
    {
      rule: textOf(essentials, 'alertRule') ?? textOf(alert, 'name') ?? 'an alert without a name',
      severity: textOf(essentials, 'severity') ?? 'Sev0',
      resource: (textOf(essentials, 'targetResource') ?? '').toLowerCase(),
      since: textOf(essentials, 'startDateTime'),
    },
  ];
}
