import assert from 'node:assert/strict';
import type { WriteStream } from 'node:tty';
import { terminal } from '../../src/cli/terminal.ts';

/** A stream that keeps what a screen would be told. */
function screen(isTTY: boolean): { stream: WriteStream; written: string[] } {
  const written: string[] = [];
  const stream = { isTTY, columns: 40, write: (text: string) => written.push(text) > 0 };
  return { stream: stream as unknown as WriteStream, written };
}

const EVENT = {
  at: Date.UTC(2026, 0, 5, 3, 0, 0),
  service: 'payments',
  step: 'gate',
  level: 'warning',
  message: 'one\n\u001b[31mtwo ##vso[x]',
} as const;

describe('the log on a terminal', () => {
  it('is plain lines where nobody watches', () => {
    const { stream, written } = screen(false);
    const log = terminal(stream);
    log.tell(EVENT);
    log.say('done');
    log.close();
    assert.deepEqual(written, ['03:00:00 payments gate: warning: one\n', ' [31mtwo # #vso[x]\n', 'done\n']);
  });

  it('has a living line below where somebody does, never wider than the screen, and takes it away', () => {
    const { stream, written } = screen(true);
    const log = terminal(stream);
    log.tell({ ...EVENT, service: 'a-service-with-quite-a-long-name-indeed', message: 'ok' });
    log.say('next');
    log.close();
    const living = written.filter((text) => text.includes('... after'));
    assert.ok(living.length > 0);
    for (const text of living) assert.ok(text.replace('\r\u001b[2K', '').length < 40, text);
    assert.equal(written.at(-1), '\r\u001b[2K');
    assert.equal(written[written.indexOf('next\n') - 1], '\r\u001b[2K');
  });
});
