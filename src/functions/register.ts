import { Agent } from 'node:http';
import { answer, forward, type FunctionRequest, type FunctionResponse } from './forward.ts';
import type { GateProcess } from './gate-process.ts';

/** What of `@azure/functions` is used. */
export interface FunctionApp {
  http(
    name: string,
    options: {
      readonly methods: ('GET' | 'POST')[];
      readonly authLevel: 'anonymous';
      readonly route: string;
      readonly handler: (request: FunctionRequest) => Promise<FunctionResponse>;
    },
  ): void;
  timer(name: string, options: { readonly schedule: string; readonly handler: () => Promise<void> }): void;
  readonly hook: { appTerminate(act: () => Promise<void>): unknown };
}

/**
 * Declares the gate service as functions: one that answers whatever is asked, by the service's own authentication, and one
 * that wakes it each minute, so that what is open for a callback is gone on with after the host has slept.
 * @param log says what went wrong in the host
 */
export function register(app: FunctionApp, gate: GateProcess, log: (message: string) => void): void {
  const agent = new Agent({ keepAlive: true });
  app.http('gate', {
    methods: ['GET', 'POST'],
    // The service asks for its secret or a token itself; a key of the host beside it would stand in addresses.
    authLevel: 'anonymous',
    route: '{*path}',
    handler: async (request) => {
      try {
        return await forward(request, await gate.url(), agent);
      } catch (error) {
        log(`the gate service gave no answer: ${messageOf(error)}`);
        // Its words may name what only its log should.
        return answer(503, {
          status: 'refused',
          reason: 'the gate service gave no answer: the log of the function app says why',
        });
      }
    },
  });
  app.timer('wake', {
    schedule: '0 * * * * *',
    handler: async () => {
      await gate.url();
    },
  });
  app.hook.appTerminate(() => gate.stop());
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
