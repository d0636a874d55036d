import { makeGraph } from '../graph/graph.ts';
import { waves } from '../graph/order.ts';
import { journalled, kindOf } from '../rollout/kinds/table.ts';
import type { DeploymentPlan, PlannedService } from '../rollout/plan/plan.ts';
import type { Conclusion } from './conclusion.ts';

/** A plan for people and programs, as nothing of it is done. */
export function concludePlan(plan: DeploymentPlan): Conclusion {
  const byName = new Map(plan.services.map((service) => [service.name, service]));
  const ordered = waves(makeGraph(plan.services));
  const lines = ordered.flatMap((wave, index) => [
    `Wave ${index + 1}`,
    ...wave.flatMap((name) => {
      const service = byName.get(name);
      return service === undefined ? [] : [`  ${describe(service)}`];
    }),
  ]);
  const count = `${plan.services.length} ${plan.services.length === 1 ? 'service' : 'services'}`;
  const sentence = `${count} in ${ordered.length} ${ordered.length === 1 ? 'wave' : 'waves'}, at most ${plan.parallel} at once. A service starts as soon as what it needs is verified.`;
  return {
    exitCode: 0,
    succeeded: true,
    sentence,
    text: `${lines.join('\n')}\n\n${sentence}`,
    document: { ok: true, waves: ordered, parallel: plan.parallel, services: journalled(plan).services },
    outputs: {},
    markdown: '',
    findings: [],
  };
}

function describe(service: PlannedService): string {
  const release = [service.name, service.release.version ?? shortDigest(service)].filter(Boolean).join(' ');
  const after = service.dependsOn.length === 0 ? '' : `, after ${service.dependsOn.join(', ')}`;
  return `${release}: ${kindOf(service.kind)?.describe(service) ?? service.kind}${after}`;
}

function shortDigest({ release }: PlannedService): string {
  return release.digest === null ? '' : `sha256:${release.digest.slice(0, 12)}`;
}
