import { dirname, resolve } from 'node:path';
import { plainValue } from '../../yaml/plain-value.ts';
import { readYaml } from '../../yaml/read-yaml.ts';
import type { Release } from '../../journal/entry.ts';
import type { DeploySettings } from './deploy.settings.ts';
import { RolloutError } from '../errors.ts';
import { loadEnvironment, type ReadText } from '../planning/load-catalogue.ts';
import { kindOf } from '../kinds/table.ts';
import type { DeploymentPlan } from '../plan/plan.ts';
import { chosenServices, planDeployment } from '../planning/plan-deployment.ts';
import { swapPolicy } from '../promotion/promotion.settings.ts';

/** What is read from the machine that deploys. Both throw `RolloutError` with the cure. */
export interface DeploymentFiles extends ReadText {
  readPackage(file: string): Promise<Release>;
}

/**
 * From settings to a plan: reads the graph file and every package that is to be deployed.
 * @throws RolloutError `bad-input` with all that is wrong with the graph file, or else with the request or its packages
 */
export async function prepareDeployment(
  settings: Omit<DeploySettings, 'azureSubscription'>,
  subscription: string,
  files: DeploymentFiles,
): Promise<DeploymentPlan> {
  const { graphFile, services = [], release = {}, parallel, resourceGroupName, environmentName } = settings;
  const catalogue = await loadEnvironment(graphFile, environmentName, files);
  const inFolder = (path: string): string => resolve(dirname(graphFile), path);
  const problems: string[] = [];
  const packages = new Map<string, Release>();
  const documents = new Map<string, unknown>();
  await Promise.all(
    chosenServices(catalogue, services).map(async (service) => {
      const kind = kindOf(service.kind);
      const file = kind?.packageOf(service);
      const document = kind?.documentOf?.(service);
      try {
        if (file !== undefined) packages.set(service.name, await files.readPackage(inFolder(file)));
        if (document !== undefined) documents.set(service.name, await readDocument(inFolder(document), files));
      } catch (error) {
        if (!(error instanceof RolloutError)) throw error;
        problems.push(`${service.name}: ${error.message}`);
      }
    }),
  );
  const planned = planDeployment(catalogue, {
    services,
    releases: new Map(Object.entries(release)),
    packages,
    documents,
    subscription,
    resourceGroup: resourceGroupName,
    parallel,
    policy: swapPolicy(settings),
    rollbackScope: settings.rollbackScope,
    resolve: inFolder,
  });
  // A package that cannot be read has no version either: its own problem says more than what follows from it.
  const all = problems.length > 0 ? problems.sort() : planned.problems;
  if (planned.plan === undefined || all.length > 0) throw new RolloutError({ code: 'bad-input', problems: all });
  return planned.plan;
}

async function readDocument(file: string, files: ReadText): Promise<unknown> {
  const { root, findings } = readYaml(await files.readText(file), { file, rule: 'template' });
  if (root !== undefined && findings.length === 0) return plainValue(root);
  const detail = findings.map(({ message, line }) => `line ${line}: ${message}`).join('; ') || 'it is empty';
  throw new RolloutError({ code: 'bad-input', problems: [`${file}: ${detail}`] });
}
