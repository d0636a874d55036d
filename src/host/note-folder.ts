import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { NoteStore } from '../gate/ports.ts';
import { systemClock, type Clock } from '../time/clock.ts';

const TEMPORARY = '.tmp';
/** A note is written within moments: what is older was left behind by a process that was killed. */
const TORN_MS = 60_000;

/**
 * Notes as files of one folder, for this user alone. A note is written under another name, flushed, and then linked to its
 * own: so it is there whole or not at all, whenever the process or the machine dies, and of two that link to one name exactly
 * one is let. What a killed process has left half-written is removed when notes are listed.
 */
export function noteFolder(folder: string, clock: Clock = systemClock): NoteStore {
  const fileOf = (name: string): string => {
    if (!/^[\w][\w.-]{0,200}$/.test(name)) throw new Error(`'${name}' is no name of a note`);
    return join(folder, name);
  };
  return {
    create: async (name, text) => {
      const file = fileOf(name);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const temporary = join(folder, `${randomUUID()}${TEMPORARY}`);
      try {
        const handle = await open(temporary, 'wx', 0o600);
        try {
          await handle.writeFile(text);
          await handle.sync();
        } finally {
          await handle.close();
        }
        try {
          await link(temporary, file);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
          throw error;
        }
        await syncFolder(folder);
        return true;
      } finally {
        await rm(temporary, { force: true });
      }
    },
    list: async () => {
      try {
        const names = await readdir(folder);
        for (const name of names.filter((one) => one.endsWith(TEMPORARY))) {
          const about = await stat(join(folder, name)).catch(() => undefined);
          if (about !== undefined && clock.now() - about.mtimeMs > TORN_MS)
            await rm(join(folder, name), { force: true });
        }
        return names.filter((name) => !name.endsWith(TEMPORARY)).sort();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
    },
    read: async (name) => {
      try {
        return await readFile(fileOf(name), 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    remove: async (name) => {
      await rm(fileOf(name), { force: true });
    },
  };
}

/** That a file has a name is a change of its folder, which has a flush of its own; Windows knows none, and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
