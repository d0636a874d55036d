import { fileJournal } from '../../src/journal/file-journal.ts';
import { recorder } from '../../src/journal/recorder.ts';
import { systemClock } from '../../src/time/clock.ts';

/** A process of its own that writes entries until it has written them all: `append-many.ts FILE WRITER COUNT`. */
const [file = '', writer = '', count = ''] = process.argv.slice(2);
const pen = recorder(fileJournal(file), systemClock, 'run', writer);
for (let index = 0; index < Number(count); index += 1)
  await pen.record({ action: 'run', phase: 'intent', reason: 'x'.repeat(3000) });
