import type { Service } from '../../catalogue/model.ts';
import type { Matching } from '../deployments.ts';
import { makeFinding, type OrderRule } from '../model.ts';

/** A service of the graph that no job of the pipeline deploys, or that `deployedBy` looks for in the wrong place. */
export const undeployedService: OrderRule = ({ services, matching, pipeline, allDeploymentsKnown }) => {
  if (!allDeploymentsKnown) return [];
  const lost = matching.lost.map(({ service, message }) =>
    makeFinding(
      'undeployed-service',
      service,
      `deployedBy of ${service.name} names what ${pipeline.file} does not have: ${message}`,
      [service.name],
    ),
  );
  const lostServices = new Set(matching.lost.map(({ service }) => service));
  const undeployed = services
    .filter((service) => service.kind !== 'package' && !lostServices.has(service))
    .filter(({ name }) => !matching.deployments.has(name) && !matching.elsewhere.has(name))
    .map((service) =>
      makeFinding('undeployed-service', service, describe(service, matching, pipeline.file), [service.name]),
    );
  return [...lost, ...undeployed];
};

function describe(service: Service, { uploads }: Matching, file: string): string {
  const upload = uploads.get(service.name)?.[0];
  const what = service.kind === 'appService' ? `${service.name} (app ${service.app})` : service.name;
  if (upload?.target.kind === 'uploads')
    return (
      `${what} never reaches its users: ${file} uploads it to slot ${upload.target.slot} (line ${upload.step.line}), ` +
      `but swaps that slot nowhere; add the swap, or say with deployedBy which job does it`
    );
  return `no job of ${file} deploys ${what}; add one, or say with deployedBy which job does it`;
}
