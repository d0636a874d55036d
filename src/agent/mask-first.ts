/**
 * The task library prints the password of the agent's proxy to the debug log while it is loaded (read in its source),
 * before anything of ours could ask it to mask it. So this stands before it, and writes the agent's command itself.
 */
import { maskable } from './maskable.ts';

const { AGENT_PROXYPASSWORD, SECRET_AGENT_PROXYPASSWORD, AGENT_PROXYURL } = process.env;
const passwords = [AGENT_PROXYPASSWORD, SECRET_AGENT_PROXYPASSWORD, ...passwordsIn(AGENT_PROXYURL ?? '')];
for (const secret of new Set(passwords.flatMap(maskable)))
  process.stdout.write(`##vso[task.setsecret]${escaped(secret)}\n`);

/**
 * The password in an address, as it is written and as it is meant: either may come to be printed. By its text, since
 * an address that is no URL is printed like any other.
 */
function passwordsIn(address: string): readonly string[] {
  const [, written] = /^(?:[^:/]*:\/\/)?[^:@]*:(.*)@/s.exec(address.trim()) ?? [];
  if (written === undefined) return [];
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}

/** As the agent reads the text of a command. */
function escaped(text: string): string {
  return text.replaceAll('%', '%AZP25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
