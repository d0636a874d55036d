import type { Scenario } from './scenario.ts';
import { containerApps } from './scenarios/container-apps/container-apps.ts';
import { contoso } from './scenarios/contoso/contoso.ts';
import { gates } from './scenarios/gates/gates.ts';

/** Every scenario, in the order in which `all` shows them; the first is the one that is shown when none is named. */
export const SCENARIOS: readonly [Scenario, ...Scenario[]] = [contoso, containerApps, gates];
