import type { Step } from './step.ts';
export const orderCheck: Step = {
  id: 'a',
  title: 'the good pipeline passes the order check, the one with the mistake fails',
  run: async () => ({ expected: '', found: '' }),
};
