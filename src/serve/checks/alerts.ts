import type { Catalogue } from '../../catalogue/model.ts';
import type { AlertSource, OpenAlert } from '../../gate/sources.ts';
import { readTexts } from '../../gate/ask.ts';
import type { Check } from '../../gate/verdict.ts';
import { kindOf } from '../../rollout/kinds/table.ts';
import type { Account } from '../../rollout/plan/plan.ts';
import { serviceOf } from './graph-service.ts';
import { ACCOUNT } from './health.ts';

/** Alerts fire and resolve by the minute. */
const PAUSE_MS = 60_000;
const SEVERITY = /^Sev[0-4]$/;
const MOST_NAMED = 5;

/**
 * Is there no open alert of Azure Monitor for a service, or for a resource group? Open: its condition holds, and nobody has
 * closed it. An alert may resolve, so it is never a fail by itself.
 */
export function alertsCheck({
  catalogue,
  account,
  source,
}: {
  readonly catalogue: Catalogue | undefined;
  readonly account: Account;
  readonly source: AlertSource | undefined;
}): Check {
  return {
    name: 'alerts',
    read: (question) => {
      const { texts, problems } = readTexts(question, ['service', 'resourceGroup', 'severity']);
      if (problems.length > 0) return { problems };
      const { service: name, severity = 'Sev4' } = texts;
      if (!SEVERITY.test(severity))
        return { problems: ["'severity' must be Sev0 to Sev4: alerts of it and of what is worse count"] };
      if ((name === undefined) === (texts.resourceGroup === undefined))
        return { problems: ["the body needs 'service', a name of the graph file, or 'resourceGroup': one of the two"] };
      if (source === undefined) return { problems: [`alerts are asked of Azure: ${ACCOUNT}`] };
      let group = texts.resourceGroup;
      let app: string | undefined;
      if (name !== undefined) {
        const service = serviceOf(catalogue, name);
        if (typeof service === 'string') return { problems: [service] };
        const target = kindOf(service.kind)?.exposes?.target(service, account);
        if (target === undefined)
          return { problems: [`'${name}' is a ${service.kind}: name its resource group instead`] };
        if (typeof target === 'string') return { problems: [`'${name}' ${target}`] };
        [group, app] = [target.resourceGroup, target.app];
      }
      return {
        subject: `the alerts of ${name ?? `resource group ${group!}`}`,
        pauseMs: PAUSE_MS,
        ask: async (_, signal) => {
          const all = await source.open(account.subscription, group!, signal);
          const open = all.filter((one) => one.severity <= severity && isOf(one, app));
          if (open.length === 0) return { kind: 'pass', reason: `no open alert of ${severity} or worse` };
          const named = open.slice(0, MOST_NAMED).map(worded).join(', ');
          const more = open.length > MOST_NAMED ? ` and ${open.length - MOST_NAMED} more` : '';
          return { kind: 'not-yet', reason: `${open.length} open: ${named}${more}` };
        },
      };
    },
  };
}

/** Alerts are about the app itself, one of its slots or revisions, or its plan and what else bears its name. */
function isOf({ resource }: OpenAlert, app: string | undefined): boolean {
  return app === undefined || resource.split('/').includes(app.toLowerCase());
}

function worded({ rule, severity, since }: OpenAlert): string {
  return `${rule.split('/').at(-1) ?? rule} (${severity}${since === null ? '' : ` since ${since}`})`;
}
