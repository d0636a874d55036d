import type { PlannedService } from '../../plan/plan.ts';
import { unchanged } from '../../way/service-result.ts';
import type { Kind } from '../../plan/kind.ts';

/** A library: it has a version that others need, and comes to users inside of their packages. */
export const packageKind: Kind = {
  name: 'package',
  plan: (_service, base) => ({ ...base, kind: 'package' }),
  read: (service) => service as unknown as PlannedService,
  describe: () => 'travels inside the packages that use it',
  packageOf: () => undefined,
  releaseOf: (service, said) => ({
    version: said ?? (service.kind === 'package' ? service.version : null),
    digest: null,
  }),
  deploy: ({ name, release: { version } }) =>
    Promise.resolve(unchanged('done', `${name} ${version ?? ''} travels inside the packages that use it`, version)),
  exposes: undefined,
};
