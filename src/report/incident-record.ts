import type { Entry } from '../journal/entry.ts';
import { fold, type Promotion } from '../journal/fold.ts';
import type { RolloutPorts } from '../rollout/ports.ts';
import type { RollbackResult } from '../rollout/recover/rollback-result.ts';
import { neutralMarkdown } from './neutral.ts';

/** What was undone, when, by whom and why, with everything that its run did: for the review after the night. */
export interface IncidentRecord {
  readonly schema: 1;
  readonly run: string;
  readonly at: string;
  /** Who asked for it, as the pipeline or the machine names them; null where neither does. */
  readonly by: string | null;
  readonly reason: string;
  readonly outcome: RollbackResult['outcome'];
  readonly services: readonly IncidentService[];
  /** What was found in place of the services that were not undone. */
  readonly inPlace: readonly { readonly service: string; readonly what: string }[];
  /** Every entry of the run's journal but claims, in its order. */
  readonly timeline: readonly {
    readonly at: string;
    readonly service: string | null;
    readonly what: string;
    readonly reason: string;
  }[];
}

/** Releases as users had them: before the run, by the run, and now. Null where a release never told. */
export interface IncidentService {
  readonly service: string;
  readonly outcome: RollbackResult['services'][number]['outcome'];
  readonly releaseBefore: string | null;
  readonly releaseDeployed: string | null;
  readonly releaseNow: string | null;
  readonly why: string;
}

/** Pure: the record of one rollback. */
export function incidentRecord(about: {
  readonly run: string;
  readonly at: number;
  readonly by: string | undefined;
  readonly reason: string;
  readonly result: RollbackResult;
  readonly promotions: readonly Promotion[];
  readonly entries: readonly Entry[];
}): IncidentRecord {
  const { run, at, by, reason, result, promotions, entries } = about;
  return {
    schema: 1,
    run,
    at: new Date(at).toISOString(),
    by: by ?? null,
    reason,
    outcome: result.outcome,
    services: result.services.map(({ service, outcome, reason: why }) => {
      const promotion = promotions.findLast((one) => one.service === service);
      const before = promotion?.replaces ?? null;
      const deployed = promotion?.release?.version ?? promotion?.release?.digest ?? null;
      // What was not undone is in place as it was seen since, whatever the journal would make of it.
      const sight = result.seen?.find((one) => one.service === service);
      const undone = outcome === 'undone' || outcome === 'undone-not-yet-healthy';
      const now = undone ? before : (sight?.version ?? null);
      return { service, outcome, releaseBefore: before, releaseDeployed: deployed, releaseNow: now, why };
    }),
    inPlace: (result.seen ?? []).map(({ service, sentence }) => ({ service, what: sentence })),
    timeline: entries
      .filter(({ action }) => action !== 'claim')
      .map((entry) => ({
        at: entry.at,
        service: entry.service,
        what: `${entry.action} ${entry.phase}`,
        reason: entry.reason,
      })),
  };
}

/** The record as a page: what is read first stands first. */
export function printIncident(record: IncidentRecord): string {
  const cell = (text: string | null): string => (text === null ? 'not known' : neutralMarkdown(text));
  const services = record.services.map((one) =>
    [
      cell(one.service),
      one.outcome,
      cell(one.releaseBefore),
      cell(one.releaseDeployed),
      cell(one.releaseNow),
      cell(one.why),
    ].join(' | '),
  );
  const timeline = record.timeline.map(({ at, service, what, reason }) =>
    [at, neutralMarkdown(service ?? ''), what, neutralMarkdown(reason)].join(' | '),
  );
  return [
    `# Rollback of run ${neutralMarkdown(record.run)}`,
    '',
    `- When: ${record.at}`,
    `- By: ${cell(record.by)}`,
    `- Why: ${neutralMarkdown(record.reason)}`,
    `- Outcome: ${record.outcome}`,
    '',
    '| Service | Outcome | Release before | Deployed by the run | Now | Why |',
    '| --- | --- | --- | --- | --- | --- |',
    ...services.map((row) => `| ${row} |`),
    '',
    ...(record.inPlace.length === 0 ? [] : ['## What is in place', '']),
    ...record.inPlace.map(({ service, what }) => `- ${neutralMarkdown(service)}: ${neutralMarkdown(what)}`),
    ...(record.inPlace.length === 0 ? [] : ['']),
    '## What the run did',
    '',
    '| Time | Service | What | Why |',
    '| --- | --- | --- | --- |',
    ...timeline.map((row) => `| ${row} |`),
    '',
  ].join('\n');
}

/** Reads what the run left in its journal, and makes the record; writes it to a file, and beside it as a page. */
export async function recordIncident(
  about: { readonly result: RollbackResult; readonly reason: string; readonly by: string | undefined },
  file: string | undefined,
  ports: Pick<RolloutPorts, 'journal' | 'clock'>,
  write: (file: string, text: string) => Promise<void>,
): Promise<IncidentRecord> {
  const reading = await ports.journal.read();
  const { promotions } = fold(reading);
  const { run } = ports.journal;
  const record = incidentRecord({ ...about, run, at: ports.clock.now(), promotions, entries: reading.entries });
  if (file !== undefined) {
    await write(file, `${JSON.stringify(record, null, 2)}\n`);
    await write(`${file.replace(/\.json$/i, '')}.md`, printIncident(record));
  }
  return record;
}
