import { resolve } from 'node:path';
import type { Source } from '../settings/read.ts';
import type { Presented } from '../settings/setting.ts';
import tl from './task-library.ts';

/** The inputs of a task. The agent fills in the defaults of task.json; a disabled or missing input is no text. */
export function inputSource(declaration: Presented): Source {
  return (name) => {
    const given = tl.getInput(name, false);
    const isPath = declaration.settings[name]?.kind === 'path';
    return isPath && given !== undefined && isWorkingFolder(given) ? undefined : given;
  };
}

/** The agent makes file paths absolute, and an empty one the working folder itself: it stands for nothing given. */
function isWorkingFolder(path: string): boolean {
  const folder = tl.getVariable('System.DefaultWorkingDirectory');
  return folder !== undefined && resolve(path) === resolve(folder);
}
