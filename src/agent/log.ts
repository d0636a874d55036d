import { neutral } from '../report/neutral.ts';
import type { RolloutEvent } from '../rollout/ports.ts';

/** Writes lines to the build log. Everything is neutralised: what is said here may quote the outside. */
export interface Log {
  tell(event: RolloutEvent): void;
  /** Prints what is held back. The log must be flushed before the process ends. */
  flush(): void;
}

/**
 * One log group a service, although services are deployed side by side: the service that speaks first is printed as it
 * speaks, the others are held back, with their own times, until it is through. What goes wrong is never held back.
 */
export function groupedLog(write: (line: string) => void): Log {
  const held = new Map<string, string[]>();
  const through = new Set<string>();
  let speaking: string | undefined;
  const close = (): void => {
    if (speaking !== undefined) write('##[endgroup]');
    speaking = undefined;
  };
  const open = (service: string): void => {
    if (speaking === service) return;
    close();
    speaking = service;
    write(`##[group]${service}`);
    for (const line of held.get(service) ?? []) write(line);
    held.delete(service);
  };
  /** Whoever is through is printed whole; the first who is not speaks on. */
  const passOn = (): void => {
    close();
    for (const service of [...held.keys()].filter((one) => through.has(one))) open(service);
    const [next] = held.keys();
    if (next === undefined) close();
    else open(next);
  };
  return {
    tell: (event) => {
      const service = oneLine(event.service);
      const lines = linesOf(event);
      if (isLast(event)) through.add(service);
      if (service === '') close();
      else if (speaking === undefined || event.level === 'error') open(service);
      if (service !== '' && speaking !== service) {
        held.set(service, [...(held.get(service) ?? []), ...lines]);
        return;
      }
      for (const line of lines) write(line);
      if (isLast(event)) passOn();
    },
    flush: () => {
      for (const service of [...held.keys()]) open(service);
      close();
    },
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
