import type { Scenario } from '../../scenario.ts';
import { orderCheck } from './check-step.ts';
import { crash } from './crash-step.ts';
import { hotfix, inOrder, lostReply, staleRouting, turnsBad } from './deploy-steps.ts';

export const contoso: Scenario = {
  name: 'contoso',
  title: 'three web apps with slots: order, hotfix, rollback, a lost reply, an agent that dies',
  start: { what: "an embedded Azure with Contoso's three apps", example: 'contoso', copies: ['db'] },
  steps: [orderCheck, inOrder, hotfix, turnsBad, staleRouting, lostReply, crash],
};
