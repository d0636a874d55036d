import type { Entry, SlotPair } from '../journal/entry.ts';
import { watchThroughBake, watchUntilDecided } from '../probe/watch.ts';
import type { Verdict } from '../probe/assess.ts';
import { formatDuration } from '../time/duration.ts';
import { printContent } from './content-print.ts';
import { isInterruption, RolloutError } from './errors.ts';
import type { RolloutEvent, RolloutPorts, SlotConfig, SlotHost } from './ports.ts';
import { changedBetween, pairOf, refusals, staleRules, type Observed, type Refusal } from './preflight.ts';
import { attemptSwap, type AttemptEnd } from './swap-attempt.ts';
import { undoPromotion } from './swap-back.ts';
import { probeTarget, type SwapRequest } from './swap-policy.ts';
import type { SwapResult } from './swap-result.ts';

/**
 * Health-gated, fenced slot swap: observe, gate, clear routing, journal, swap once, observe until known, verify, and
 * swap back when the new release turns out unhealthy.
 * @throws RolloutError when Azure or the journal cannot be used before anything was changed;
 *         Interrupted when the signal came, after the journal was told where it stands
 */
export async function swapSlot(request: SwapRequest, ports: RolloutPorts): Promise<SwapResult> {
  const run = new SwapRun(request, ports);
  return await run.promote();
}

/** The steps share their request, their host and their way to talk; nothing of it outlives the swap. */
class SwapRun {
  readonly #request: SwapRequest;
  readonly #ports: RolloutPorts;
  readonly #host: SlotHost;

  constructor(request: SwapRequest, ports: RolloutPorts) {
    this.#request = request;
    this.#ports = ports;
    this.#host = ports.host(request.target);
  }

  async promote(): Promise<SwapResult> {
    const { target, policy } = this.#request;
    const judged = await this.#observe();
    const sourceConfig = await this.#host.readConfig(target.source, this.#ports.signal);
    const targetConfig = await this.#host.readConfig(target.destination, this.#ports.signal);
    const found = refusals(judged, sourceConfig);
    const stale = staleRules(targetConfig, judged.source);
    if (stale.length > 0 && policy.staleRouting === 'fail') found.push(staleRefusal(stale, target.source));
    if (found.length > 0) return await this.#refuse(found);
    await this.#reachBoth(judged);

    const gate = await this.#gate(judged);
    if (gate.kind !== 'healthy')
      return await this.#refuse([
        {
          rule: 'gate',
          message: `The release in slot '${target.source}' did not pass its gate: ${gate.kind}, ${gate.reason}. Nothing was swapped.`,
        },
      ]);
    if (stale.length > 0) {
      const refusal = await this.#clearRouting(targetConfig, judged);
      if (refusal !== undefined) return await this.#refuse([refusal]);
    }
    return await this.#swap(judged, gate.version);
  }

  async #observe(): Promise<Observed> {
    const { target } = this.#request;
    const [source, destination] = await Promise.all([
      this.#host.observe(target.source, this.#ports.signal),
      this.#host.observe(target.destination, this.#ports.signal),
    ]);
    return { source, target: destination };
  }

  /** Both hosts are tried before anything changes: an agent that cannot reach production could never verify it. */
  async #reachBoth({ source, target }: Observed): Promise<void> {
    const { health } = this.#request;
    await this.#tell(
      'observe',
      'info',
      `'${source.slot}' holds ${printContent(source.print)}, '${target.slot}' holds ${printContent(target.print)}`,
    );
    for (const { url, slot } of [source, target]) {
      const { timeoutMs, headers } = probeTarget(health, url, undefined);
      const answer = await this.#ports.http.get(
        { url, headers, timeoutMs: Math.max(timeoutMs, 10_000) },
        this.#ports.signal,
      );
      if (answer.kind === 'unreachable')
        throw new RolloutError({
          code: 'unreadable',
          what: `The host of slot '${slot}', ${url},`,
          detail: `${answer.reason}. Run on an agent that reaches it (a private endpoint needs an agent in its network). Nothing was changed.`,
        });
    }
  }

  async #gate({ source }: Observed): Promise<Verdict> {
    const { health, expectedVersion, policy } = this.#request;
    const verdict = await watchUntilDecided(
      probeTarget(health, source.url, expectedVersion),
      health,
      this.#ports,
      policy.gateLimitMs,
      this.#ports.signal,
    );
    await this.#tell(
      'gate',
      verdict.kind === 'healthy' ? 'info' : 'error',
      `slot '${source.slot}' is ${verdict.kind}: ${verdict.reason}`,
    );
    return verdict;
  }

  /** Other rules stay as they are. Read back, because a concurrent writer can put a stale rule back. */
  async #clearRouting(config: SlotConfig, judged: Observed): Promise<Refusal | undefined> {
    const stale = staleRules(config, judged.source);
    const kept = config.routing.filter((rule) => !stale.includes(rule));
    const names = stale.map(({ name, percent }) => `${name} ${percent}%`).join(', ');
    await this.#record('route', 'intent', `clear routing rules ${names}`);
    const reply = await this.#host.change({ kind: 'routing', rules: kept }, this.#ports.signal);
    const now = await this.#host.readConfig(this.#request.target.destination, this.#ports.signal);
    if (staleRules(now, judged.source).length > 0) {
      const why = reply.kind === 'accepted' ? 'the rules are there again after the write' : reply.message;
      await this.#record('route', 'failed', why);
      return {
        rule: 'stale-routing',
        message: `Routing rules ${names} could not be cleared: ${why}. Nothing was swapped.`,
      };
    }
    await this.#record('route', 'done', `cleared routing rules ${names}, read back`);
    await this.#tell(
      'routing',
      'warning',
      `cleared ${names}; users pinned by the routing cookie may stay on slot '${judged.source.slot}' for up to an hour`,
    );
    return undefined;
  }

  async #swap(judged: Observed, versionAfter: string | undefined): Promise<SwapResult> {
    const { target, policy, health } = this.#request;
    const versionBefore = await this.#reportedVersion(judged);
    for (let attempt = 1; ; attempt += 1) {
      // Right before the request: whatever was judged must still be there, or somebody else is at work.
      const now = await this.#observe();
      const changed = changedBetween(judged, now);
      if (changed !== undefined)
        return await this.#refuse([
          {
            rule: 'content-changed',
            message: `Since the gate ${changed}. Nothing was swapped; run again to judge what is there now.`,
          },
        ]);
      const before = pairOf(now);
      await this.#record('swap', 'intent', `swap '${target.source}' into '${target.destination}', attempt ${attempt}`, {
        before,
      });
      const end = await this.#attempt(before);
      const { verdict } = end;
      await this.#recordEnd(end, before);
      if (verdict.kind === 'unknown') {
        await this.#tell('swap', 'error', `the state is unknown: ${verdict.reason}`);
        return { outcome: 'unknown', reason: verdict.reason };
      }
      if (verdict.kind === 'swapped') {
        const after = end.observed === undefined ? before : pairOf(end.observed);
        await this.#tell('swap', 'info', verdict.reason);
        return await this.#verify({ before, after, observed: end.observed ?? now, versionBefore, versionAfter });
      }
      await this.#resetSlotConfig(verdict.reason);
      if (!verdict.retryable || attempt >= policy.attempts)
        return await this.#refuse(
          [{ rule: 'platform', message: `Azure did not swap: ${verdict.reason}. Production holds what it held.` }],
          true,
        );
      await this.#tell(
        'swap',
        'warning',
        `not swapped (${verdict.reason}); attempt ${attempt + 1} of ${policy.attempts} follows`,
      );
      await this.#ports.clock.sleep(
        (end.reply.kind === 'ambiguous' ? end.reply.retryAfterMs : undefined) ?? health.intervalMs,
        this.#ports.signal,
      );
    }
  }

  async #attempt(before: SlotPair): Promise<AttemptEnd> {
    const { target, policy } = this.#request;
    const slots = { source: target.source, target: target.destination };
    try {
      return await attemptSwap(
        slots,
        before,
        policy,
        { host: this.#host, clock: this.#ports.clock },
        this.#ports.signal,
      );
    } catch (error) {
      // The request may be under way: the next one who reads the journal must know that only Azure can tell.
      if (isInterruption(error, this.#ports.signal))
        await this.#record('swap', 'unknown', 'stopped while the swap was being observed', { before });
      throw error;
    }
  }

  async #recordEnd({ verdict, observed }: AttemptEnd, before: SlotPair): Promise<void> {
    const phase = { swapped: 'done', 'not-swapped': 'failed', unknown: 'unknown' } as const;
    const after = observed === undefined ? null : pairOf(observed);
    await this.#record('swap', phase[verdict.kind], verdict.reason, { before, after });
  }

  /** A swap that failed leaves the source prepared with the target's settings, and blocks every settings write. */
  async #resetSlotConfig(why: string): Promise<void> {
    const { source } = this.#request.target;
    await this.#record('reset-slot-config', 'intent', `after a swap that did not happen: ${why}`);
    const reply = await this.#host.change({ kind: 'reset-slot-config', slot: source }, this.#ports.signal);
    const done = reply.kind === 'accepted';
    await this.#record('reset-slot-config', done ? 'done' : 'failed', done ? 'settings taken back' : reply.message);
    if (!done)
      await this.#tell(
        'swap',
        'warning',
        `the prepared settings of slot '${source}' could not be taken back: ${reply.message}`,
      );
  }

  async #verify(promoted: {
    before: SlotPair;
    after: SlotPair;
    observed: Observed;
    versionBefore: string | undefined;
    versionAfter: string | undefined;
  }): Promise<SwapResult> {
    const { health, policy, target, expectedVersion } = this.#request;
    const { before, after, observed, versionBefore, versionAfter } = promoted;
    // No startup grace here: production has users, and the platform has warmed the release up before it moved it.
    const verdict = await watchThroughBake(
      probeTarget(health, observed.target.url, expectedVersion ?? versionAfter),
      { ...health, startupMs: 0 },
      this.#ports,
      policy.bakeMs,
      this.#ports.signal,
    );
    if (verdict.kind === 'healthy') {
      const reason = `'${target.destination}' is healthy after ${formatDuration(policy.bakeMs)}: ${verdict.reason}`;
      await this.#record('verify', 'done', reason, { before, after });
      await this.#tell('verified', 'info', reason);
      return {
        outcome: 'promoted',
        before,
        after,
        versionBefore,
        versionAfter: verdict.version ?? versionAfter,
        reason,
      };
    }
    const reason = `'${target.destination}' is ${verdict.kind} after the swap: ${verdict.reason}`;
    await this.#record('verify', 'failed', reason, { before, after });
    await this.#tell('verify', 'error', reason);
    if (policy.onUnhealthy === 'abort')
      return { outcome: 'unhealthy', reason: `${reason}. It was left there, as 'on unhealthy: abort' says.` };
    const undone = await undoPromotion({ ...this.#request, before, after, versionBefore, reason }, this.#ports);
    switch (undone.outcome) {
      case 'undone':
        return { outcome: 'restored', reason: `${reason}; ${undone.reason}`, versionAfter: undone.version };
      case 'refused':
      case 'not-undone':
        return { outcome: 'unhealthy', reason: `${reason}; not swapped back: ${undone.reason}` };
      case 'unknown':
        return { outcome: 'unknown', reason: `${reason}; swapping back: ${undone.reason}` };
    }
  }

  /** What production reports before the swap: for the record, and for the judgement of a restored release. */
  async #reportedVersion({ target }: Observed): Promise<string | undefined> {
    const { health } = this.#request;
    if (health.version === undefined) return undefined;
    const once = { ...health, startupMs: 0, healthyThreshold: 1, unhealthyThreshold: 1 };
    const verdict = await watchUntilDecided(
      probeTarget(health, target.url, undefined),
      once,
      this.#ports,
      0,
      this.#ports.signal,
    );
    return verdict.version;
  }

  async #refuse(found: readonly Refusal[], recorded = false): Promise<SwapResult> {
    for (const { message } of found) await this.#tell('outcome', 'error', message);
    if (!recorded) await this.#record('verify', 'failed', found.map(({ message }) => message).join(' '));
    return { outcome: 'refused', refusals: found };
  }

  async #record(
    action: Entry['action'],
    phase: Entry['phase'],
    reason: string,
    prints: { before?: SlotPair; after?: SlotPair | null } = {},
  ): Promise<void> {
    const { promotion, service, target, release } = this.#request;
    await recordOrThrow(this.#ports, { action, phase, reason, promotion, service, target, release, ...prints });
  }

  async #tell(step: RolloutEvent['step'], level: RolloutEvent['level'], message: string): Promise<void> {
    await this.#ports.tell({ step, level, service: this.#request.service, message, at: this.#ports.clock.now() });
  }
}

/** Writes to the journal. An entry that is not known to be durable stops everything that would rest on it. */
export async function recordOrThrow(
  ports: Pick<RolloutPorts, 'journal'>,
  draft: Parameters<RolloutPorts['journal']['record']>[0],
): Promise<void> {
  try {
    await ports.journal.record(draft);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new RolloutError(
      { code: 'journal-failed', what: `written (${draft.action} ${draft.phase})`, detail },
      { cause: error },
    );
  }
}

function staleRefusal(stale: SlotConfig['routing'], source: string): Refusal {
  const names = stale.map(({ name, percent }) => `${name} ${percent}%`).join(', ');
  return {
    rule: 'stale-routing',
    message: `Routing rules send users to slot '${source}' (${names}). After the swap they would get the old release. Clear them (az webapp traffic-routing clear), or set staleRouting: clear.`,
  };
}
