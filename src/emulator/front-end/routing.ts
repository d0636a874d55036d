import { PRODUCTION, type RampUpRule } from '../state/site.ts';

export interface RoutingInput {
  /** The Cookie header. */
  readonly cookies: string;
  readonly query: URLSearchParams;
  readonly rules: readonly RampUpRule[];
  /** Slot names by host name. */
  readonly hosts: ReadonlyMap<string, string>;
  readonly random: () => number;
}

export interface Choice {
  readonly slot: string;
  /** The value of x-ms-routing-name to set; undefined leaves the client as it is. */
  readonly cookie: string | undefined;
}

const NAME = 'x-ms-routing-name';

/**
 * Where a request at production's host goes. A pin in the query comes first, then the cookie, which holds even at 0 %
 * and after the rules are gone (an existing pin drains, measured on Azure); then chance. An opt-in by query needs a
 * rule of that name, if only one of 0 %: without any the name is ignored (inferred from what is documented of 0 %).
 */
export function chooseSlot({ cookies, query, rules, hosts, random }: RoutingInput): Choice {
  const asked = query.get(NAME)?.toLowerCase();
  if (asked === 'self') return { slot: PRODUCTION, cookie: 'self' };
  const named = rules.find((rule) => rule.name.toLowerCase() === asked);
  if (asked !== undefined && named !== undefined) return { slot: targetOf(named, hosts), cookie: named.name };
  const pinned = cookieValue(cookies);
  if (pinned === 'self') return { slot: PRODUCTION, cookie: undefined };
  if (pinned !== undefined) return { slot: targetOfName(pinned, rules, hosts), cookie: undefined };
  if (rules.length === 0) return { slot: PRODUCTION, cookie: undefined };
  const draw = random() * 100;
  let from = 0;
  for (const rule of rules) {
    from += rule.reroutePercentage;
    if (draw < from) return { slot: targetOf(rule, hosts), cookie: rule.name };
  }
  return { slot: PRODUCTION, cookie: 'self' };
}

function targetOfName(name: string, rules: readonly RampUpRule[], hosts: ReadonlyMap<string, string>): string {
  const rule = rules.find((one) => one.name.toLowerCase() === name);
  return rule === undefined ? name : targetOf(rule, hosts);
}

/** The host decides, since that is what the rule says; its name is only what clients are pinned by. */
function targetOf(rule: RampUpRule, hosts: ReadonlyMap<string, string>): string {
  return hosts.get(rule.actionHostName.toLowerCase()) ?? rule.name.toLowerCase();
}

function cookieValue(cookies: string): string | undefined {
  for (const one of cookies.split(';')) {
    const [name, value] = one.split('=');
    if (name?.trim().toLowerCase() === NAME) return value?.trim().toLowerCase();
  }
  return undefined;
}
