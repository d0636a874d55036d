import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Emulator } from '../../src/emulator/start.ts';

/** The real `az`, signed in to an emulator; its settings are in a folder of its own. */
export interface AzureCli {
  readonly folder: string;
  /** Runs it to its end. @returns stdout; throws when it fails, with what it said */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  /** For what does not end by itself. */
  start(args: readonly string[]): ChildProcess;
  close(): void;
}

/**
 * Where it is installed, or named by AZ_COMMAND.
 * @returns undefined where it is not, and says so
 */
export async function azureCli(emulator: Emulator): Promise<AzureCli | undefined> {
  const command = process.env['AZ_COMMAND'] ?? 'az';
  const folder = mkdtempSync(join(tmpdir(), 'az-'));
  const own = {
    PATH: process.env['PATH'],
    HOME: folder,
    AZURE_CONFIG_DIR: folder,
    REQUESTS_CA_BUNDLE: emulator.caFile,
    AZURE_CORE_COLLECT_TELEMETRY: 'false',
  };
  const cli: AzureCli = {
    folder,
    run: async (args, env = {}) => {
      const { stdout } = await promisify(execFile)(command, args, { env: { ...own, ...env } });
      return stdout.trim();
    },
    start: (args) => spawn(command, args, { env: own, stdio: ['ignore', 'pipe', 'pipe'] }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
  try {
    await cli.run(['version']);
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    process.stdout.write(`    skipped, since '${command}' does not run here: ${why}\n`);
    cli.close();
    return undefined;
  }
  const here = emulator.armUrl;
  await cli.run([
    ...['cloud', 'update', '-n', 'AzureCloud', '--endpoint-resource-manager', `${here}/`],
    // The ADFS form of the authority keeps every version of az from asking Microsoft about it.
    ...['--endpoint-active-directory', `${here}/adfs`, '--endpoint-active-directory-resource-id', `${here}/`],
  ]);
  const { clientId, clientSecret, tenantId } = emulator;
  await cli.run(['login', '--service-principal', '-u', clientId, '-p', clientSecret, '--tenant', tenantId]);
  return cli;
}
