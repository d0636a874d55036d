import { travelsInside, isDatabase, PRODUCTION, type Service } from '../../catalogue/model.ts';
import type { Pipeline, Unresolved } from '../../pipeline/model.ts';
import { placeOf } from '../../yaml/node.ts';
import type { Deployment, Matching } from '../match/deployments.ts';
import { JobFinder } from '../match/find-jobs.ts';
import type { Requirement } from './requirements.ts';

/** The jobs that run the `contract` of databases, and who has to be out before them. */
export interface Contracts {
  /** By the name under which a requirement speaks of it, and those of the services. */
  readonly deployments: ReadonlyMap<string, readonly Deployment[]>;
  readonly requirements: readonly Requirement[];
  /** `deployedBy` that leads nowhere in this pipeline. */
  readonly lost: readonly { readonly service: Service; readonly message: string }[];
  readonly unresolved: readonly Unresolved[];
}

/**
 * What takes away the old form of a database comes after every service that may still ask for it. Where SafeRolloutDeploy
 * does it no job is named, and nothing is to be checked.
 */
export function findContracts(pipeline: Pipeline, services: readonly Service[], matching: Matching): Contracts {
  const deployments = new Map<string, Deployment[]>();
  const requirements: Requirement[] = [];
  const lost: { service: Service; message: string }[] = [];
  const unresolved: Unresolved[] = [];
  const jobs = new JobFinder(pipeline);
  for (const service of services) {
    if (!isDatabase(service) || service.contract === undefined) continue;
    const name = `contract of ${service.name}`;
    for (const by of service.contract.deployedBy) {
      const { found, missing } = jobs.find(by);
      if (missing !== undefined) lost.push({ service, message: missing });
      if (found.length === 0) continue;
      deployments.set(name, [...(deployments.get(name) ?? []), ...found.map((at) => deploymentOf(service.name, at))]);
    }
    if (!deployments.has(name)) continue;
    for (const consumer of consumersOf(service.name, services)) {
      if (matching.deployments.has(consumer)) requirements.push({ after: name, before: consumer, through: [] });
      else if (matching.elsewhere.has(consumer))
        unresolved.push({
          ...placeOf(service),
          what: `${name} has to wait for ${consumer}, which pipeline '${matching.elsewhere.get(consumer)?.[0]?.pipeline ?? ''}' deploys at its own time`,
        });
    }
  }
  return { deployments: new Map([...matching.deployments, ...deployments]), requirements, lost, unresolved };
}

/** Who asks the database, directly or through packages that are built into them. */
function consumersOf(database: string, services: readonly Service[]): string[] {
  const found = new Set([database]);
  for (const name of found)
    for (const service of services)
      if (service.dependsOn.some((edge) => edge.service === name) && (name === database || isPackage(name, services)))
        found.add(service.name);
  return [...found].filter((name) => name !== database && !isPackage(name, services));
}

function isPackage(name: string, services: readonly Service[]): boolean {
  return services.some((service) => service.name === name && travelsInside(service));
}

function deploymentOf(service: string, { stage, job }: Pick<Deployment, 'stage' | 'job'>): Deployment {
  const own = {
    service,
    environment: PRODUCTION,
    stage,
    job,
    step: undefined,
    part: 0,
    inferredFrom: 'contract',
    goesTo: undefined,
    slots: undefined,
    asksOthers: false,
  };
  return { ...placeOf(job ?? stage), ...own };
}
