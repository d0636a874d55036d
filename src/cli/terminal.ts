import type { WriteStream } from 'node:tty';
import { neutral } from '../report/neutral.ts';
import type { RolloutEvent } from '../rollout/ports.ts';
import { formatDuration } from '../time/duration.ts';
import { systemClock } from '../time/clock.ts';

const REFRESH_MS = 1000;
const CLEAR_LINE = '\r\u001b[2K';

/** The log of a command: lines on stderr and, on a terminal, one living line that says what is being waited for. */
export interface Terminal {
  tell(event: RolloutEvent): void;
  say(line: string): void;
  /** Takes the living line away. */
  close(): void;
}

export function terminal(stream: WriteStream): Terminal {
  const living = stream.isTTY ? livingLine(stream) : undefined;
  const print = (line: string): void => {
    living?.clear();
    stream.write(`${line}\n`);
    living?.draw();
  };
  return {
    tell: (event) => {
      const { at, level, service, step, message } = event;
      const time = new Date(at).toISOString().slice(11, 19);
      const head = [time, service, step].filter((part) => part !== '').join(' ');
      const mark = level === 'info' ? '' : `${level}: `;
      for (const line of neutral(`${head}: ${mark}${message}`).split('\n')) print(line);
      living?.now(neutral(`${service} ${step}`).replaceAll('\n', ' '));
    },
    say: (line) => {
      for (const one of neutral(line).split('\n')) print(one);
    },
    close: () => living?.stop(),
  };
}

/** Redrawn every second while something is waited for. Must be stopped, or it keeps the process alive. */
function livingLine(stream: WriteStream): {
  clear(): void;
  draw(): void;
  now(what: string): void;
  stop(): void;
} {
  const stopped = new AbortController();
  let what = '';
  let since = systemClock.monotonic();
  const clear = (): void => void stream.write(CLEAR_LINE);
  const draw = (): void => {
    if (what === '' || stopped.signal.aborted) return;
    const text = `... after ${what}: ${formatDuration(Math.floor((systemClock.monotonic() - since) / 1000) * 1000)}`;
    stream.write(`${CLEAR_LINE}${text.slice(0, Math.max(10, (stream.columns ?? 80) - 1))}`);
  };
  const keepDrawing = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      draw();
      await systemClock.sleep(REFRESH_MS, stopped.signal);
    }
  };
  keepDrawing().catch(() => undefined);
  return {
    clear,
    draw,
    now: (next) => {
      what = next;
      since = systemClock.monotonic();
    },
    stop: () => {
      clear();
      stopped.abort(new Error('the command has ended'));
    },
  };
}
