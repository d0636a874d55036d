/**
 * The task library prints the password of the agent's proxy to the debug log while it is loaded (read in its source),
 * before anything of ours could ask it to mask it. So this stands before it, and writes the agent's command itself.
 */
import { maskable } from './maskable.ts';

for (const name of ['AGENT_PROXYPASSWORD', 'SECRET_AGENT_PROXYPASSWORD'])
  for (const secret of maskable(process.env[name])) process.stdout.write(`##vso[task.setsecret]${escaped(secret)}\n`);

/** As the agent reads the text of a command. */
function escaped(text: string): string {
  return text.replaceAll('%', '%AZP25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
