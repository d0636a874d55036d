import assert from 'node:assert/strict';
import { asyncOperationOf } from '../../../src/azure/container-apps/container-reply.ts';
import type { Exchange } from '../../../src/azure/wire/exchange.ts';

describe('an operation of a container app', () => {
  const arm = { isOwnAddress: () => true };
  const read = (status: string, message: string) => {
    const body = { status, error: { code: 'ContainerAppOperationError', message } };
    const exchange: Exchange = { kind: 'answered', status: 200, headers: {}, body };
    return asyncOperationOf(exchange, 'op', arm);
  };

  it('may be asked for again when Azure has given up on it', () => {
    const details = "Failed to provision revision for container app 'orders'. Error details: Operation expired.";
    const reading = read('Failed', details);
    assert.ok(reading.kind === 'failed' && reading.passing, JSON.stringify(reading));
    assert.match(reading.message, /Operation expired/);
  });

  it('is not asked for again when it failed for what was asked', () => {
    const reading = read('Failed', "Field 'template.containers.main.image' is invalid: image not found.");
    assert.ok(reading.kind === 'failed' && !reading.passing, JSON.stringify(reading));
  });
});
