import { neutral } from '../report/neutral.ts';
import type { RolloutEvent } from '../rollout/ports.ts';

/** Writes lines to the build log. Everything is neutralised: what is said here may quote the outside. */
export interface Log {
  tell(event: RolloutEvent): void;
  info(text: string): void;
  /** Prints what is held back. The log must be flushed before the process ends. */
  flush(): void;
}

/**
 * One log group a service, although services are deployed side by side: the service that speaks first is printed as it
 * speaks, the others are held back, with their own times, until it is through. What goes wrong is never held back.
 */
export function groupedLog(write: (line: string) => void): Log {
  const held = new Map<string, string[]>();
  let speaking: string | undefined;
  const close = (): void => {
    if (speaking !== undefined) write('##[endgroup]');
    speaking = undefined;
  };
  const open = (service: string): void => {
    close();
    speaking = service;
    write(`##[group]${service}`);
    for (const line of held.get(service) ?? []) write(line);
    held.delete(service);
  };
  const flush = (): void => {
    for (const service of [...held.keys()]) open(service);
    close();
  };
  return {
    tell: (event) => {
      const service = oneLine(event.service);
      const lines = linesOf(event);
      if (service === '' || event.level === 'error') {
        if (service !== speaking) close();
        if (service !== '' && held.has(service)) open(service);
        for (const line of lines) write(line);
        return;
      }
      if (speaking === undefined) open(service);
      if (speaking !== service) {
        held.set(service, [...(held.get(service) ?? []), ...lines]);
        return;
      }
      for (const line of lines) write(line);
      if (isLast(event)) flush();
    },
    info: (text) => {
      close();
      for (const line of neutral(text).split('\n')) write(line);
    },
    flush,
  };
}

function linesOf({ at, step, level, message }: RolloutEvent): string[] {
  const time = new Date(at).toISOString().slice(11, 19);
  const mark = level === 'info' ? '' : `##[${level}]`;
  return neutral(message)
    .split('\n')
    .map((line) => `${mark}${time} ${step}: ${line}`);
}

/** A service says nothing more after these. */
function isLast({ step }: RolloutEvent): boolean {
  return step === 'verified' || step === 'outcome' || step === 'skipped' || step === 'resumed';
}

function oneLine(text: string): string {
  return neutral(text).replaceAll('\n', ' ');
}
