import type { Entry, JournalReading } from './entry.ts';

/**
 * What is gathered from the entries of readings, one entry after the other. Where a reading continues the one before,
 * only what is new in it is taken; of every other all is.
 */
export function gatherer<T>(
  begin: () => T,
  take: (gathered: T, entry: Entry, reading: JournalReading) => void,
): (reading: JournalReading) => T {
  let gathered = begin();
  let taken = 0;
  let growth: object | undefined;
  return (reading) => {
    if (reading.growth === undefined || reading.growth !== growth || reading.entries.length < taken) {
      gathered = begin();
      taken = 0;
      growth = reading.growth;
    }
    for (; taken < reading.entries.length; taken += 1) take(gathered, reading.entries[taken]!, reading);
    return gathered;
  };
}
