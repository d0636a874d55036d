import { hasApp, travelsInside, USUAL_KIND, PRODUCTION, type Service } from '../../catalogue/model.ts';
import type { Matching } from '../match/deployments.ts';
import { makeFinding, type OrderRule } from '../rulebook/model.ts';
import { findRequirements } from '../require/requirements.ts';

/**
 * A service that no job deploys, or that `deployedBy` looks for in the wrong place. In production that is every service
 * that the pipeline answers for; elsewhere those that something deployed there needs. What runs with other choices than the
 * given ones deploy is left out on purpose.
 */
export const undeployedService: OrderRule = (model) => {
  const { services, matching, pipeline, allJobsKnown, allDeploymentsKnown, touched, deploys, deployedOtherwise } =
    model;
  if (!allJobsKnown) return [];
  const lost = matching.lost.map(({ service, message }) =>
    makeFinding(
      'undeployed-service',
      service,
      `deployedBy of ${service.name} names what ${pipeline.file} does not have: ${message}`,
      [service.name],
    ),
  );
  if (!allDeploymentsKnown) return lost;
  const lostServices = new Set(matching.lost.map(({ service }) => service.name));
  const undeployed = touched.flatMap(({ name: environment, matching: here }) => {
    const needing = environment === PRODUCTION ? new Map<string, string>() : needed(services, here);
    return services
      .filter((service) => !travelsInside(service) && !lostServices.has(service.name))
      .filter(({ name }) => deploys === undefined || deploys.includes(name))
      .filter(
        ({ name }) => !here.deployments.has(name) && !here.elsewhere.has(name) && !deployedOtherwise(name, environment),
      )
      .flatMap((service) => {
        const by = needing.get(service.name);
        if (environment !== PRODUCTION && by === undefined) return [];
        const message = describe(service, here, pipeline.file, environment, by);
        const finding = makeFinding('undeployed-service', service, message, [service.name]);
        return [environment === PRODUCTION ? finding : { ...finding, identity: `${service.name} in ${environment}` }];
      });
  });
  return [...lost, ...undeployed];
};

/** What is needed by something that is deployed there, directly or through packages, with what needs it. */
function needed(services: readonly Service[], matching: Matching): ReadonlyMap<string, string> {
  return new Map(findRequirements(services, matching).map(({ before, after }) => [before, after]));
}

function describe(
  service: Service,
  { uploads, switchedOff }: Matching,
  file: string,
  environment: string,
  needing: string | undefined,
): string {
  const upload = uploads.get(service.name)?.[0];
  const what =
    hasApp(service) && service.kind === USUAL_KIND && needing === undefined
      ? `${service.name} (app ${service.app})`
      : service.name;
  if (upload?.target.kind === 'uploads')
    return (
      `${what} never reaches its users: ${file} uploads it to slot ${upload.target.slot} (line ${upload.step.line}), ` +
      `but swaps that slot nowhere; add the swap, or say with deployedBy which job does it`
    );
  const off = switchedOff.find((one) => one.service === service.name);
  if (off !== undefined)
    return (
      `no job of ${file} deploys ${what}${needing === undefined ? '' : ` to ${environment}, where ${needing} needs it`}: ` +
      `the step on line ${off.step.line} would, but is switched off; take \`enabled: false\` away, or say with deployedBy which job does it`
    );
  const where = needing === undefined ? '' : ` to ${environment}, where it deploys ${needing}, which needs it`;
  const cure = needing === undefined ? '' : ` of environments.${environment}.services.${service.name}`;
  return `no job of ${file} deploys ${what}${where}; add one, or say with deployedBy${cure} which job does it`;
}
