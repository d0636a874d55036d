/** Seconds: an answer is to be there in 3, and the server gives up after 20. */
const BUCKETS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

const HELP = {
  requests: ['counter', 'Requests by check, way of completion and what became of them.'],
  refused: ['counter', 'Requests that were refused, by reason.'],
  evaluations_ended: ['counter', 'Evaluations that ended, by check, outcome and result.'],
  looks: ['counter', 'Looks of evaluations, by check and verdict.'],
  store_failures: ['counter', 'Writes and reads of the state that failed.'],
} as const;

export type Counter = keyof typeof HELP;

/** What happened so far in this process, as Prometheus reads it. */
export class Metrics {
  readonly #counts = new Map<string, number>();
  readonly #buckets = new Map<number, number>();
  #answers = 0;
  #seconds = 0;

  count(name: Counter, labels: Readonly<Record<string, string>> = {}): void {
    const written = Object.entries(labels).map(([label, value]) => `${label}="${value.replace(/[^\w.-]/g, '_')}"`);
    const key = `safe_rollout_gate_${name}_total${written.length === 0 ? '' : `{${written.join(',')}}`}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** How long somebody has waited for an answer. */
  answered(ms: number): void {
    const seconds = ms / 1000;
    this.#answers += 1;
    this.#seconds += seconds;
    for (const limit of BUCKETS) if (seconds <= limit) this.#buckets.set(limit, (this.#buckets.get(limit) ?? 0) + 1);
  }

  /** The text format 0.0.4. @param gauges what is so now, by name */
  print(gauges: Readonly<Record<string, readonly [help: string, value: number]>>): string {
    const lines: string[] = [];
    for (const [name, [type, help]] of Object.entries(HELP)) {
      const full = `safe_rollout_gate_${name}_total`;
      lines.push(`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`);
      for (const [key, value] of this.#counts) if (key.split('{')[0] === full) lines.push(`${key} ${value}`);
    }
    for (const [name, [help, value]] of Object.entries(gauges)) {
      const full = `safe_rollout_gate_${name}`;
      lines.push(`# HELP ${full} ${help}`, `# TYPE ${full} gauge`, `${full} ${value}`);
    }
    const full = 'safe_rollout_gate_answer_seconds';
    lines.push(`# HELP ${full} How long who waits for an answer has waited.`, `# TYPE ${full} histogram`);
    for (const limit of BUCKETS) lines.push(`${full}_bucket{le="${limit}"} ${this.#buckets.get(limit) ?? 0}`);
    lines.push(
      `${full}_bucket{le="+Inf"} ${this.#answers}`,
      `${full}_sum ${this.#seconds}`,
      `${full}_count ${this.#answers}`,
    );
    return `${lines.join('\n')}\n`;
  }
}
