import type { Catalogue } from '../../catalogue/model.ts';
import { readTexts } from '../../gate/ask.ts';
import type { Check } from '../../gate/verdict.ts';
import { exposesOf, kindOf } from '../../rollout/kinds/table.ts';
import type { Account } from '../../rollout/plan/plan.ts';
import type { AzureReach } from './azure-reach.ts';
import { serviceOf } from './graph-service.ts';
import { ACCOUNT } from './health.ts';

/** Rules and operations change in minutes. */
const PAUSE_MS = 15_000;

/**
 * Is a service at rest where users see it: no routing rule is left, no operation is under way, no swap with preview is
 * pending, the traffic goes one way? What is not at rest may come to rest, so it is never a fail by itself.
 */
export function routingCheck({
  catalogue,
  account,
  reach,
}: {
  readonly catalogue: Catalogue | undefined;
  readonly account: Account;
  readonly reach: AzureReach | undefined;
}): Check {
  return {
    name: 'routing',
    read: (question) => {
      const { texts, problems } = readTexts(question, ['service']);
      if (problems.length > 0) return { problems };
      if (texts.service === undefined) return { problems: ["the body needs 'service', a name of the graph file"] };
      const service = serviceOf(catalogue, texts.service);
      if (typeof service === 'string') return { problems: [service] };
      const target = kindOf(service.kind)?.exposes?.target(service, account);
      if (target === undefined)
        return { problems: [`'${service.name}' is a ${service.kind}, which has no traffic that is known here`] };
      if (typeof target === 'string') return { problems: [`'${service.name}' ${target}`] };
      if (reach === undefined) return { problems: [`the routing of '${service.name}' is asked of Azure: ${ACCOUNT}`] };
      return {
        subject: `the routing of ${service.name}`,
        pauseMs: PAUSE_MS,
        ask: async (_, signal) => {
          const unsettled = await exposesOf(target).unsettled(target, reach(signal));
          if (unsettled.length > 0) return { kind: 'not-yet', reason: unsettled.join('; ') };
          return {
            kind: 'pass',
            reason: `'${target.app}' is at rest: its traffic goes one way, and nothing changes it`,
          };
        },
      };
    },
  };
}
