import { join } from 'node:path';
import { app } from '@azure/functions';
import { gateProcess } from './gate-process.ts';
import { register } from './register.ts';

/** Flags of `gate serve`, parted by blanks; secrets are settings of their own and no flags. */
const FLAGS = 'SAFE_ROLLOUT_GATE_FLAGS';

const flags = (process.env[FLAGS] ?? '').split(/\s+/).filter((flag) => flag !== '');
// Both are built into one folder, which is that of the function app: the graph file lies there, too.
const program = [process.execPath, join(__dirname, 'safe-rollout.js')] as const;
const log = (line: string): void => console.log(line);
register(app, gateProcess(program, flags, process.env, __dirname, log), log);
