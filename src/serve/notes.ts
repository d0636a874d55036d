import { randomUUID } from 'node:crypto';
import {
  endedNote,
  isEnded,
  KEPT_MS,
  noteName,
  readEvaluation,
  readNoteName,
  type Ended,
  type EndedEvaluation,
  type Evaluation,
  type OpenEvaluation,
} from '../gate/evaluation.ts';
import type { NoteStore } from '../gate/ports.ts';

const READS_AT_ONCE = 16;

/**
 * All evaluations of a state, or one of them by its id. What is no note of ours is left alone, and what cannot be read is
 * named.
 * @throws Error when the store does not answer
 */
export async function readNotes(
  store: NoteStore,
  only?: string,
): Promise<{ readonly evaluations: readonly Evaluation[]; readonly damages: readonly string[] }> {
  const byId = new Map<string, string[]>();
  for (const name of await store.list()) {
    const note = readNoteName(name);
    if (note === undefined || (only !== undefined && note.id !== only)) continue;
    byId.set(note.id, [...(byId.get(note.id) ?? []), name]);
  }
  const evaluations: Evaluation[] = [];
  const damages: string[] = [];
  const ids = [...byId];
  for (let begin = 0; begin < ids.length; begin += READS_AT_ONCE)
    await Promise.all(
      ids.slice(begin, begin + READS_AT_ONCE).map(async ([id, names]) => {
        // Of one that has ended the end says all.
        const ended = names.filter((name) => name.endsWith('.ended'));
        const notes = new Map<string, string>();
        for (const name of ended.length > 0 ? ended : names) {
          const text = await store.read(name);
          if (text !== undefined) notes.set(readNoteName(name)!.kind, text);
        }
        // Another process has removed them between the list and the look.
        if (notes.size === 0) return;
        const found = readEvaluation(id, notes);
        if (typeof found === 'string') damages.push(found);
        else evaluations.push(found);
      }),
    );
  return { evaluations, damages };
}

/** Writes an end down. That another process has written one is as good. @throws Error when the store does not answer */
export async function writeEnd(store: NoteStore, evaluation: OpenEvaluation, ended: Ended): Promise<EndedEvaluation> {
  await store.create(noteName(evaluation.id, 'ended'), endedNote(evaluation, ended, randomUUID()));
  const { schema, check, question, place, acceptedAt, deadlineAt, tokenEndsAt, id, attempt } = evaluation;
  return { schema, check, question, place, acceptedAt, deadlineAt, tokenEndsAt, id, attempt, ended };
}

/** Removes what is not needed behind an end: the token goes with the note that held it. */
export async function removeOpen(store: NoteStore, id: string): Promise<void> {
  for (let number = 1; (await store.read(noteName(id, `posting-${number}`))) !== undefined; number += 1)
    await store.remove(noteName(id, `posting-${number}`));
  await store.remove(noteName(id, 'accepted'));
}

/**
 * Takes away what ends have left behind, and ends so long ago that their requests cannot come again.
 * @returns those that are forgotten
 */
export async function sweepNotes(store: NoteStore, now: number): Promise<readonly Evaluation[]> {
  const forgotten: Evaluation[] = [];
  const names = new Set(await store.list());
  for (const one of (await readNotes(store)).evaluations) {
    if (!isEnded(one)) continue;
    if (names.has(noteName(one.id, 'accepted')) || names.has(noteName(one.id, 'posting-1')))
      await removeOpen(store, one.id);
    if (now - one.ended.at < KEPT_MS) continue;
    await store.remove(noteName(one.id, 'ended'));
    forgotten.push(one);
  }
  return forgotten;
}
