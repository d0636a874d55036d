import { randomBytes, randomUUID } from 'node:crypto';
import { AppProcess } from '../apps/app-process.ts';
import type { EmulatorOptions } from './options.ts';

export type Settings = Required<Omit<EmulatorOptions, 'sites' | 'images' | 'containerApps' | 'faults' | 'port'>>;

export function withDefaults(options: EmulatorOptions): Settings {
  return {
    hostName: options.hostName ?? '127.0.0.1',
    swapMs: options.swapMs ?? 300,
    containerAppMs: options.containerAppMs ?? 300,
    retryAfterSeconds: options.retryAfterSeconds === undefined ? 1 : options.retryAfterSeconds,
    log: options.log ?? (() => {}),
    random: options.random ?? Math.random,
    startupMs: options.startupMs ?? 10_000,
    warmUpTimeoutMs: options.warmUpTimeoutMs ?? 5_000,
    launch: options.launch ?? ((start) => new AppProcess(start)),
    clockAheadMs: options.clockAheadMs ?? 0,
    pipelineMinuteMs: options.pipelineMinuteMs ?? 60_000,
    tokenSeconds: options.tokenSeconds ?? 3599,
    hostEnvironment: options.hostEnvironment ?? {},
    tenantId: options.tenantId ?? randomUUID(),
    clientId: options.clientId ?? randomUUID(),
    // In hex: `az login -p` takes what begins with a hyphen for a flag.
    clientSecret: options.clientSecret ?? randomBytes(24).toString('hex'),
    audiences: options.audiences ?? [],
    clientCertificate: options.clientCertificate ?? null,
    trustedConnections: options.trustedConnections ?? null,
    subscriptionId: options.subscriptionId ?? randomUUID(),
    devOpsToken: options.devOpsToken ?? randomBytes(24).toString('hex'),
  };
}
