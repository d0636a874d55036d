import { findBackgroundWork } from './background-work.ts';
import type { Verdict } from '../../../probe/assess.ts';
import { watchUntilDecided } from '../../../probe/watch.ts';
import { formatDuration } from '../../../time/duration.ts';
import { printContent } from './content-print.ts';
import { PRODUCTION, isProduction } from '../../../journal/users-side.ts';
import { clearRoutingRules, swapOf } from './cures.ts';
import type { RolloutPorts } from '../../ports.ts';
import type { SlotConfig } from './ports.ts';
import { refusals, staleRules, type Observed } from './preflight.ts';
import type { Refusal } from '../../way/refusal.ts';
import { refuse, promoteAndVerify, type Passed } from '../../promotion/promote.ts';
import { reachHost, seeFacing } from '../../promotion/see.ts';
import { watching } from '../../way/context.ts';
import { slotPlace, slotQuestion } from './slot-way.ts';
import { swapContext, type SwapContext } from './context.ts';
import type { SwapRequest } from './desk.ts';

import type { PromotionResult } from '../../way/result.ts';

/**
 * Health-gated, fenced slot swap: observe, gate, clear routing, then journal, swap once, observe until known, verify,
 * and swap back when the new release turns out unhealthy.
 * @throws RolloutError when Azure or the journal cannot be used before anything was swapped;
 *         Interrupted when the signal came, after the journal was told where it stands
 */
export async function swapSlot(asked: SwapRequest, ports: RolloutPorts): Promise<PromotionResult> {
  const context = swapContext(asked, ports);
  const { judged, found } = await look(context);
  if (found.length > 0) return await refuse(context, found);
  await tellDifferences(context);
  const gate = await passGate(context, judged);
  if ('rule' in gate) return await refuse(context, [gate]);
  return await promoteAndVerify(context, judged, gate);
}

/**
 * Before anything is uploaded: what would refuse the swap refuses the upload too, and a routing rule that names the
 * source slot would show users a release that no gate has seen.
 * @returns undefined when the upload may begin
 */
export async function prepareUpload(request: SwapRequest, ports: RolloutPorts): Promise<PromotionResult | undefined> {
  const context = swapContext(request, ports);
  const { judged, targetConfig, found, stale } = await look(context);
  if (found.length > 0) return await refuse(context, found);
  const unseen = await seeFacing(context, context.way.facing(judged));
  if (unseen !== undefined) return await refuse(context, [unseen]);
  if (stale.length === 0) return undefined;
  const refusal = await clearRouting(context, targetConfig, judged);
  return refusal === undefined ? undefined : await refuse(context, [refusal]);
}

export interface Look {
  readonly judged: Observed;
  readonly targetConfig: SlotConfig;
  readonly found: readonly Refusal[];
  readonly stale: SlotConfig['routing'];
}

/** Both slots, their settings, and all that stands against beginning. */
export async function look(context: SwapContext): Promise<Look> {
  const { host, ports, request } = context;
  const { target, policy } = request;
  const judged = await context.observe();
  const sourceConfig = await host.readConfig(target.source, ports.signal);
  const targetConfig = await host.readConfig(PRODUCTION, ports.signal);
  const stale = staleRules(targetConfig, judged.source);
  await tellWhoSees(context, targetConfig.routing, judged);
  const found = refusals(judged, sourceConfig, target);
  const working = await findBackgroundWork(context, judged.source);
  if (working !== undefined) found.push(working);
  if (stale.length > 0 && policy.staleRouting === 'fail') found.push(staleRefusal(stale, target));
  return { judged, targetConfig, found, stale };
}

/** Of two slots without production the target is the side that is judged; people should know whom that concerns. */
async function tellWhoSees(
  { request, tell }: SwapContext,
  routing: SlotConfig['routing'],
  { source, target }: Observed,
): Promise<void> {
  const { destination } = request.target;
  if (isProduction(destination)) return;
  const rules = staleRules({ autoSwapSlot: null, routing }, target);
  const seen =
    rules.length === 0
      ? `no users see '${source.slot}' or '${target.slot}' unless a routing rule sends them there`
      : `users see '${target.slot}' by routing rules (${printRules(rules)})`;
  await tell('observe', 'info', `${seen}: the release in '${source.slot}' is judged and goes to '${target.slot}'`);
}

/** Settings that the swap will bring to the release, or take from it; the names alone, since values can be secrets. */
export async function tellDifferences({ host, request, ports, tell }: SwapContext): Promise<void> {
  const { source, destination } = request.target;
  const names = await host.differences(source, destination, ports.signal);
  const what = `settings that differ between '${source}' and '${destination}'`;
  if (names === undefined)
    await tell('observe', 'info', `${what} could not be read, for want of a right or of an answer: unchecked`);
  else if (names.length > 0)
    await tell('observe', 'info', `${what}: ${names.slice(0, 30).join(', ')}${names.length > 30 ? ', ...' : ''}`);
}

/** Both hosts are tried before anything changes: an agent that cannot see production could never verify it. */
async function reachBoth(context: SwapContext, { source, target }: Observed): Promise<Refusal | undefined> {
  const { tell } = context;
  const held = [source, target].map(({ slot, print }) => `'${slot}' holds ${printContent(print)}`);
  await tell('observe', 'info', held.join(', '));
  const unread = [...new Set([...source.unread, ...target.unread])];
  if (unread.length > 0)
    await tell(
      'observe',
      'warning',
      `not readable with these rights, so what is uploaded meanwhile would go unnoticed: ${unread.join(', ')}`,
    );
  const [unseen] = await Promise.all([
    seeFacing(context, context.way.facing({ source, target })),
    reachHost(context, slotPlace(source)),
  ]);
  return unseen;
}

/** Sees both sides, asks the source slot until it is decided, and makes sure that no routing rule leads to it. */
export async function passGate(context: SwapContext, judged: Observed): Promise<Passed | Refusal> {
  const unseen = await reachBoth(context, judged);
  if (unseen !== undefined) return unseen;
  const { request, ports, tell } = context;
  const { source } = judged;
  const { health, expectedVersion, policy } = request;
  const target = slotQuestion(health, source, expectedVersion);
  const pending = (now: Verdict, afterMs: number): Promise<void> =>
    tell('gate', 'info', `waiting for slot '${source.slot}', ${formatDuration(afterMs)}: ${now.reason}`);
  const verdict = await watchUntilDecided(
    target,
    health,
    { ...watching(context, slotPlace(source)), pending },
    policy.gateLimitMs,
    ports.signal,
  );
  const level = verdict.kind === 'healthy' ? 'info' : 'error';
  await tell('gate', level, `slot '${source.slot}' is ${verdict.kind}: ${verdict.reason}`);
  if (verdict.kind === 'healthy') {
    const routing = await endRouting(context, judged);
    return 'rule' in routing ? routing : { ...verdict, routed: routing.used };
  }
  const message = `The release in slot '${source.slot}' did not pass its gate: ${verdict.kind}, ${verdict.reason}. Nothing was swapped.`;
  return { rule: 'gate', message };
}

/**
 * Behind the gate: no routing rule may send users to the source slot. A gate takes minutes: what somebody routed
 * meanwhile counts, and must not be written over.
 * @returns whether there are, or were, any rules at all
 */
async function endRouting(context: SwapContext, judged: Observed): Promise<Refusal | { readonly used: boolean }> {
  const { host, ports, request } = context;
  const config = await host.readConfig(PRODUCTION, ports.signal);
  const stale = staleRules(config, judged.source);
  const end = { used: config.routing.length > 0 };
  if (stale.length === 0) return end;
  if (request.policy.staleRouting === 'fail') return staleRefusal(stale, request.target);
  return (await clearRouting(context, config, judged)) ?? end;
}

/** Other rules stay as they are. Read back, because a concurrent writer can put a stale rule back. */
async function clearRouting(context: SwapContext, config: SlotConfig, judged: Observed): Promise<Refusal | undefined> {
  const { host, ports, record, tell } = context;
  const stale = staleRules(config, judged.source);
  const kept = config.routing.filter((rule) => !stale.includes(rule));
  const names = printRules(stale);
  await record('route', 'intent', `clear routing rules ${names}`);
  const reply = await host.change({ kind: 'routing', rules: kept }, ports.signal);
  const now = await host.readConfig(PRODUCTION, ports.signal);
  if (staleRules(now, judged.source).length > 0) {
    const why = reply.kind === 'accepted' ? 'the rules are there again after the write' : reply.message;
    await record('route', 'failed', why);
    const message = `Routing rules ${names} could not be cleared: ${why}. Nothing was swapped.`;
    return { rule: 'stale-routing', message };
  }
  await record('route', 'done', `cleared routing rules ${names}, read back`);
  const pinned = `users pinned by the routing cookie may stay on slot '${judged.source.slot}' for up to an hour`;
  await tell('routing', 'warning', `cleared ${names}; ${pinned}`);
  return undefined;
}

/** Where neither slot is production, the rules show whose users are meant: then the other slot is the one to judge. */
function staleRefusal(stale: SlotConfig['routing'], target: SwapRequest['target']): Refusal {
  const { source, destination } = target;
  const clear = `Clear them (${clearRoutingRules(target)}), or set staleRouting: clear.`;
  const turned = { ...target, source: destination, destination: source };
  const cure = isProduction(destination)
    ? clear
    : `To bring what '${destination}' holds to them: ${swapOf(turned)}. Otherwise: ${clear}`;
  const message = `Routing rules send users to slot '${source}' (${printRules(stale)}). After the swap they would get what '${destination}' holds now, which is not judged. ${cure}`;
  return { rule: 'stale-routing', message };
}

function printRules(rules: SlotConfig['routing']): string {
  return rules.map(({ name, percent }) => `${name} ${percent}%`).join(', ');
}
