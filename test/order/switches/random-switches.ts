import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkOrder, type OrderCheck } from '../../../src/order/check-order.ts';
import { RULES } from '../../../src/order/rulebook/rule-texts.ts';

/** A pipeline of jobs that parameters switch on and off, and the graph that it is checked against. */
export interface Switched {
  readonly text: string;
  readonly graph: string;
}

const SERVICES = ['a', 'b', 'c', 'd', 'e'] as const;
const PARAMETERS = ['p', 'q', 'r', 's', 't'] as const;

const isOn = (name: string): string => `eq('\${{ parameters.${name} }}', 'true')`;
const parameter = fc.constantFrom(...PARAMETERS);

/** A condition of a job: most are those of a switch of its own. */
function conditionOf(own: fc.Arbitrary<string>): fc.Arbitrary<string | undefined> {
  const pair = fc.tuple(own, parameter);
  return fc.oneof(
    { weight: 30, arbitrary: own.map(isOn) },
    { weight: 40, arbitrary: own.map((name) => `and(succeeded(), ${isOn(name)})`) },
    { weight: 4, arbitrary: own.map((name) => `and(not(failed()), ne('\${{ parameters.${name} }}', 'true'))`) },
    { weight: 1, arbitrary: pair.map(([one, other]) => `or(${isOn(one)}, ${isOn(other)})`) },
    { weight: 1, arbitrary: pair.map(([one, other]) => `and(succeeded(), ${isOn(one)}, ${isOn(other)})`) },
    { weight: 8, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom('always()', 'not(failed())', 'failed()', "eq(variables.x, 'y')") },
    { weight: 1, arbitrary: fc.constant("in(dependencies.J0.result, 'Skipped')") },
  );
}

function stepsOf(service: string, how: number): string {
  const deploy = `task: AzureWebApp@1, inputs: { appName: app-${service} }`;
  const swap = `task: AzureAppServiceManage@0, inputs: { Action: Swap Slots, WebAppName: app-${service}, ResourceGroupName: g, SourceSlot: staging }`;
  const upload = `task: AzureWebApp@1, inputs: { appName: app-${service}, deployToSlotOrASE: true, resourceGroupName: g, slotName: staging }`;
  const all = [
    [deploy],
    [deploy, 'script: smoke'],
    [swap],
    [upload],
    [upload, 'script: smoke', swap],
    ['script: smoke'],
    [`task: AzureWebApp@1, inputs: { appName: app-$(name-${service}) }`],
    ['task: SafeRolloutRollback@1, inputs: { services: a }'],
  ];
  return all[how]!.map((one) => `      - { ${one} }\n`).join('');
}

interface DrawnJob {
  readonly service: string;
  readonly how: number;
  readonly condition: string | undefined;
  readonly after: readonly number[];
  readonly isDeployment: boolean;
}

/** The jobs of a pipeline one after another: each deploys a service of its own by a switch of its own, or others do, too. */
const job = (at: number): fc.Arbitrary<DrawnJob> => {
  const own = <T>(all: readonly T[]): fc.Arbitrary<T> =>
    fc.oneof(
      { weight: 40, arbitrary: fc.constant(all[at % all.length]!) },
      { weight: 1, arbitrary: fc.constantFrom(...all) },
    );
  return fc.record({
    service: own(SERVICES),
    how: fc.oneof(
      { weight: 30, arbitrary: fc.constantFrom(0, 1) },
      { weight: 3, arbitrary: fc.constantFrom(2, 3, 4, 5, 6, 7) },
    ),
    condition: conditionOf(own(PARAMETERS)),
    after: fc.oneof(
      { weight: 25, arbitrary: fc.constant<number[]>([]) },
      { weight: 1, arbitrary: fc.subarray([0, 1, 2]) },
    ),
    isDeployment: fc.boolean(),
  });
};

const stageCondition = fc.oneof(
  { weight: 40, arbitrary: fc.constant(undefined) },
  {
    weight: 6,
    arbitrary: fc.constantFrom('always()', 'not(failed())', 'succeededOrFailed()', 'failed()', 'not(succeeded())'),
  },
  { weight: 1, arbitrary: fc.constant("in(dependencies.S0.result, 'Skipped', 'Succeeded')") },
  { weight: 1, arbitrary: fc.constant("eq(dependencies.S0.outputs['J0.x.y'], '1')") },
  { weight: 4, arbitrary: parameter.map((name) => `and(succeeded(), ${isOn(name)})`) },
  { weight: 2, arbitrary: parameter.map((name) => `and(always(), ${isOn(name)})`) },
);

const stage = (at: number) =>
  fc.record({
    jobs: fc
      .integer({ min: 1, max: 4 })
      .chain((count) => fc.tuple(...Array.from({ length: count }, (_, one) => job(at * 3 + one)))),
    condition: stageCondition,
    after: fc.oneof({ weight: 3, arbitrary: fc.constant([at - 1]) }, { weight: 1, arbitrary: fc.subarray([0, 1, 2]) }),
    name: fc.constantFrom('', '_prod', '_test'),
  });

const graph = fc.record({
  edges: fc.array(fc.tuple(fc.constantFrom(...SERVICES), fc.constantFrom(...SERVICES)), { minLength: 2, maxLength: 7 }),
  packages: fc.oneof(
    { weight: 3, arbitrary: fc.constant<(typeof SERVICES)[number][]>([]) },
    { weight: 1, arbitrary: fc.subarray(SERVICES.slice(1, 3)) },
  ),
  deploys: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.subarray([...SERVICES], { minLength: 1 }) },
  ),
  twin: fc.boolean(),
});

export const switched: fc.Arbitrary<Switched> = fc
  .tuple(
    fc.integer({ min: 1, max: 3 }).chain((count) => fc.tuple(...Array.from({ length: count }, (_, at) => stage(at)))),
    graph,
    fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
  )
  .map(([stages, { edges, packages, deploys, twin }, defaults]) => {
    const body = stages
      .map(({ jobs, condition, after, name }, at) => {
        const above = after.filter((one) => one >= 0 && one < at).map((one) => `S${one}${stages[one]!.name}`);
        const head =
          `- stage: S${at}${name}\n  isSkippable: false\n  dependsOn: [${above.join(', ')}]\n` +
          (condition === undefined ? '' : `  condition: ${condition.replace('S0', `S0${stages[0]!.name}`)}\n`);
        return `${head}  jobs:\n${jobs.map((one, index) => jobText(one, index, `${at}`)).join('')}`;
      })
      .join('');
    const used = PARAMETERS.filter((name) => body.includes(`parameters.${name} `));
    const declared = used
      .map((name) => `- { name: ${name}, type: boolean, default: ${defaults[PARAMETERS.indexOf(name)]!} }\n`)
      .join('');
    const nodes = SERVICES.map((name) => {
      const needs = [
        ...new Set(edges.filter(([after, before]) => after === name && before < name).map(([, one]) => one)),
      ];
      const kind = packages.includes(name)
        ? 'kind: package, version: 1.0.0, deployedBy: [{ job: J1 }]'
        : `app: app-${name}`;
      return `  ${name}: { ${kind}, dependsOn: [${needs.join(', ')}] }\n`;
    }).join('');
    const others = twin
      ? 'environments:\n  test:\n    services:\n      a: { app: app-b }\n      b: { app: app-a }\n'
      : '';
    const only = deploys === undefined ? '' : `deploys: [${deploys.join(', ')}]\n`;
    return {
      text: `${declared === '' ? '' : `parameters:\n${declared}`}stages:\n${body}`,
      graph: `version: 1\n${only}services:\n${nodes}${others}`,
    };
  });

function jobText({ service, how, condition, after, isDeployment }: DrawnJob, index: number, stage: string): string {
  const above = after.filter((one) => one < index).map((one) => `J${one}`);
  const when = condition === undefined ? '' : `    condition: ${condition}\n`;
  const depends = above.length === 0 ? '' : `    dependsOn: [${above.join(', ')}]\n`;
  const steps = stepsOf(service, how);
  if (!isDeployment) return `  - job: J${index}\n${depends}${when}    steps:\n${steps}`;
  const hook = steps.replace(/^/gm, '    ').trimEnd();
  return `  - deployment: J${index}\n${depends}${when}    environment: e${stage}\n    strategy:\n      runOnce:\n        deploy:\n          steps:\n${hook}\n`;
}

function check({ text, graph: graphText }: Switched, parameters: Record<string, string>): OrderCheck {
  return checkOrder({
    pipelineText: text,
    pipelineFile: 'p.yml',
    graphText,
    graphFile: 'g.yml',
    choices: { parameters },
  });
}

/** What is found, by its place and what it is about; what a message names beside that hangs on what else is there. */
function found({ findings, unresolved }: OrderCheck): readonly string[] {
  return [
    ...findings.map(({ rule, severity, file, line, column, services, identity }) =>
      rule === 'undeployed-service'
        ? `${severity} ${rule} ${identity ?? services.join()}`
        : `${severity} ${rule} ${file}:${line}:${column} ${RULES[rule]?.oneInAllCases === true ? identity! : services.join()}`,
    ),
    ...unresolved.map(({ file, line, column }) => `unresolved ${file}:${line}:${column}`),
  ];
}

/**
 * Checks a pipeline once for all that may be chosen, and once for each combination alone.
 * @returns how many cases were judged, and how many combinations there are
 */
export function compareSwitched(one: Switched): { readonly judged: number; readonly all: number } {
  const names = PARAMETERS.filter((name) => one.text.includes(`name: ${name},`));
  const merged = check(one, {});
  const alone = Array.from({ length: 2 ** names.length }, (_, at) =>
    check(one, Object.fromEntries(names.map((name, bit) => [name, String((at >> bit) % 2 === 1)]))),
  );
  const inAll = new Set(alone.flatMap(found));
  for (const what of inAll) {
    // A service that is deployed in some of the runs is deployed.
    if (what.includes(' undeployed-service ') && alone.some((each) => !found(each).includes(what))) inAll.delete(what);
  }
  const said = `${one.text}\n${one.graph}`;
  assert.equal(
    merged.ok,
    [...inAll].every((what) => what.startsWith('warning')),
    said,
  );
  assert.deepEqual([...new Set(found(merged))].sort(), [...inAll].sort(), said);
  return { judged: merged.seen.cases.judged, all: alone.length };
}
