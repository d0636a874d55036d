import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkOrder, type OrderCheck } from '../../../src/order/check-order.ts';
import { RULES } from '../../../src/order/rulebook/rule-texts.ts';
import { templateRepositories } from '../../fakes/template-repositories.ts';

/** What may be chosen in the pipelines made here. The texts are those that they compare with, and one that is none of them. */
const PARAMETERS = {
  ring: ['early', 'all', 'none'],
  fast: ['true', 'false'],
  extra: ['false', 'true'],
  size: ['1', '2'],
  place: ['west', 'west-two', 'westx', 'east', 'x-two', 'best', 'best-two', 'somewhere', ''],
} as const;
const VARIABLES = {
  'Build.Reason': ['Manual', 'Schedule', 'PullRequest', 'IndividualCI'],
  'Build.SourceBranchName': ['main', 'next', 'other'],
} as const;

type ParameterName = keyof typeof PARAMETERS;
type VariableName = keyof typeof VARIABLES;

const DECLARED: Record<ParameterName, string> = {
  ring: '{ name: ring, type: string, default: early, values: [early, all, none] }',
  fast: '{ name: fast, type: boolean, default: true }',
  extra: '{ name: extra, type: boolean, default: false }',
  size: '{ name: size, type: number, default: 1, values: [1, 2] }',
  place: '{ name: place, type: string, default: west }',
};

/** A pipeline, and what of the choices it can see. */
interface Sample {
  readonly text: string;
  readonly parameters: readonly ParameterName[];
  readonly variables: readonly VariableName[];
}

const GRAPH = `version: 1
services:
  a: { kind: appService, app: app-a }
  b: { kind: appService, app: app-b, dependsOn: [a] }
  c: { kind: appService, app: app-c, dependsOn: [b] }
`;

const TEMPLATES = {
  '/stage.yml': `parameters:
- { name: app, type: string }
- { name: when, type: string, default: none }
- { name: on, type: boolean, default: true }
- { name: after, type: object, default: [] }
stages:
- \${{ if ne(parameters.when, 'none') }}:
  - stage: S_\${{ parameters.app }}
    dependsOn: \${{ parameters.after }}
    jobs:
    - job: J
      steps:
      - task: AzureWebApp@1
        enabled: \${{ parameters.on }}
        inputs: { appName: "app-\${{ parameters.app }}" }
`,
  // Nodes that several stages, jobs and cases share, and others in their midst.
  '/jobs.yml': `parameters:
- { name: on, type: boolean }
- { name: also, type: boolean, default: true }
- { name: steps, type: stepList }
jobs:
- \${{ each word in split('J,K', ',') }}:
  - job: \${{ word }}
    variables:
    - \${{ if parameters.on }}:
      - { name: go, value: "\${{ parameters.also }}" }
    - { name: turn, value: "$[ counter('turn', 1) ]" }
    condition: and(succeeded(), ne(variables.go, 'False'), ne(variables.turn, '9'))
    steps:
    - script: echo
    - \${{ if and(eq(word, 'J'), parameters.also) }}:
      - \${{ parameters.steps }}
    - \${{ elseif parameters.on }}:
      - script: echo \${{ word }}
`,
};

/** Questions about one choice each. More than two choices in one pipeline would take long, and be found in no new way. */
const QUESTIONS: Readonly<Record<string, readonly string[]>> = {
  ring: PARAMETERS.ring.map((value) => `eq(parameters.ring, '${value}')`),
  fast: ['parameters.fast', "eq('true', parameters.fast)", 'ne(parameters.fast, false)'],
  extra: ['eq(parameters.extra, true)', 'parameters.extra'],
  size: ['eq(parameters.size, 2)', 'gt(parameters.size, 1)'],
  place: [
    "eq(parameters.place, 'west')",
    "startsWith(parameters.place, 'west')",
    "contains(parameters.place, 'st')",
    "endsWith(lower(parameters.place), '-two')",
    "in(parameters.place, 'east', 'WEST')",
    'parameters.place',
  ],
  reason: ["eq(variables['Build.Reason'], 'Schedule')", "in(variables['Build.Reason'], 'Manual', 'PullRequest')"],
  branch: ["eq(variables['Build.SourceBranchName'], 'main')", "ne(variables['Build.SourceBranchName'], 'next')"],
};

/** A condition of templates that some of the choices decide. */
function conditionOf(topics: readonly string[]): fc.Arbitrary<string> {
  return fc.letrec<{ one: string; leaf: string }>((tie) => ({
    leaf: fc.constantFrom(...topics.flatMap((topic) => QUESTIONS[topic]!)),
    one: fc.oneof(
      { weight: 4, arbitrary: tie('leaf') },
      { weight: 1, arbitrary: fc.tuple(tie('one'), tie('one')).map(([a, b]) => `and(${a}, ${b})`) },
      { weight: 1, arbitrary: fc.tuple(tie('one'), tie('one')).map(([a, b]) => `or(${a}, ${b})`) },
      { weight: 1, arbitrary: tie('one').map((a) => `not(${a})`) },
    ),
  })).one;
}

const APPS = ['a', 'b', 'c'] as const;

/** One service's stage, in the ways in which a choice can decide over it. */
function stageOf(app: string, condition: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const after = fc.subarray(APPS.filter((one) => one < app).map((one) => `S_${one}`));
  const list = (names: readonly string[]): string => `[${names.join(', ')}]`;
  const steps = (enabled: string): string =>
    `    jobs:\n    - job: J\n      steps:\n      - task: AzureWebApp@1\n${enabled}        inputs: { appName: app-${app} }\n`;
  const plain = (dependsOn: string, enabled = '', more = ''): string =>
    `- stage: S_${app}\n  isSkippable: false\n${dependsOn}${more}${indent(steps(enabled))}`;
  const indent = (text: string): string => text.replace(/^ {2}/gm, '');
  return fc.oneof(
    after.map((names) => plain(`  dependsOn: ${list(names)}\n`)),
    fc
      .tuple(condition, after, after)
      .map(([when, one, other]) =>
        plain(`  \${{ if ${when} }}:\n    dependsOn: ${list(one)}\n  \${{ else }}:\n    dependsOn: ${list(other)}\n`),
      ),
    fc
      .tuple(condition, after)
      .map(([when, names]) => plain(`  dependsOn: ${list(names)}\n`, `        enabled: \${{ and(true, ${when}) }}\n`)),
    fc.tuple(condition, after).map(
      ([when, names]) =>
        `- \${{ if ${when} }}:\n${plain(`  dependsOn: ${list(names)}\n`)
          .replace(/^/gm, '  ')
          .trimEnd()}\n`,
    ),
    fc
      .tuple(condition, after)
      .map(([when, names]) =>
        plain(`  dependsOn: ${list(names)}\n`, '', `  \${{ if ${when} }}:\n    displayName: x\n`),
      ),
    fc
      .tuple(condition, after)
      .map(([when, names]) =>
        plain(`  dependsOn: ${list(names)}\n`, '', `  \${{ if ${when} }}:\n    condition: always()\n`),
      ),
    after.map((names) =>
      plain(
        `  dependsOn: ${list(names)}\n`,
        '',
        `  condition: and(succeeded(), eq('\${{ parameters.ring }}', 'all'))\n`,
      ),
    ),
    fc
      .tuple(condition, after, fc.constantFrom('parameters.ring', "'some'"))
      .map(
        ([on, names, when]) =>
          `- template: stage.yml\n  parameters:\n    app: ${app}\n    when: \${{ ${when} }}\n    on: \${{ and(true, ${on}) }}\n    after: ${list(names)}\n`,
      ),
    fc
      .tuple(condition, after)
      .map(
        ([when, names]) =>
          `- template: stage.yml\n  parameters:\n    app: ${app}\n    when: x\n    \${{ if ${when} }}:\n      after: ${list(names)}\n`,
      ),
    fc.tuple(condition, condition, after).map(([on, also, names]) => {
      const deploys = `      - task: AzureWebApp@1\n        inputs: { appName: app-${app} }\n`;
      const given = `on: \${{ and(true, ${on}) }}\n      also: \${{ and(true, ${also}) }}\n      steps:\n${deploys}`;
      return `- stage: S_${app}\n  isSkippable: false\n  dependsOn: ${list(names)}\n  jobs:\n  - template: jobs.yml\n    parameters:\n      ${given}`;
    }),
  );
}

export const sample: fc.Arbitrary<Sample> = fc
  .subarray(Object.keys(QUESTIONS), { minLength: 1, maxLength: 2 })
  .chain((topics) => fc.tuple(fc.tuple(...APPS.map((app) => stageOf(app, conditionOf(topics)))), fc.boolean()))
  .map(([stages, reversed]) => {
    const body = `stages:\n${(reversed ? stages.toReversed() : stages).join('')}`;
    const all = body + Object.values(TEMPLATES).join('');
    const parameters = (Object.keys(PARAMETERS) as ParameterName[]).filter((name) =>
      all.includes(`parameters.${name}`),
    );
    const variables = (Object.keys(VARIABLES) as VariableName[]).filter((name) => body.includes(name));
    const declared = parameters.map((name) => `- ${DECLARED[name]}\n`).join('');
    return { text: `${declared === '' ? '' : `parameters:\n${declared}`}${body}`, parameters, variables };
  });

/** Every combination of all that may be chosen. */
function combinations({ parameters, variables }: Sample): readonly [Record<string, string>, Record<string, string>][] {
  let all: [Record<string, string>, Record<string, string>][] = [[{}, {}]];
  for (const name of parameters)
    all = all.flatMap(([given, seen]) =>
      PARAMETERS[name].map((value): (typeof all)[number] => [{ ...given, [name]: value }, seen]),
    );
  for (const name of variables)
    all = all.flatMap(([given, seen]) =>
      VARIABLES[name].map((value): (typeof all)[number] => [given, { ...seen, [name]: value }]),
    );
  return all;
}

function check(text: string, parameters: Record<string, string>, variables: Record<string, string>): OrderCheck {
  const templates = templateRepositories(TEMPLATES);
  const choices = { templates, parameters, variables };
  return checkOrder({
    pipelineText: text,
    pipelineFile: 'azure-pipelines.yml',
    graphText: GRAPH,
    graphFile: 'g.yml',
    choices,
  });
}

/** What was found, without the choice in which it was. */
function found({ findings, unresolved }: OrderCheck): readonly string[] {
  return [
    ...findings.map(({ rule, file, line, column, message, identity }) => {
      // Which services hang on it differs from case to case, and is told of one of them.
      const what = RULES[rule]?.oneInAllCases === true ? identity : message;
      return `${rule} ${file}:${line}:${column} ${what ?? message}`;
    }),
    ...unresolved.map(({ file, line, column, what }) => `unresolved ${file}:${line}:${column} ${what}`),
  ].map((one) => one.replace(/^(undeployed-service .* deploys \w+).*/, '$1').replace(/(:\d+ )with [^:]*: /, '$1'));
}

/**
 * Checks one pipeline once for all that may be chosen, and once for each combination alone: the two must find the same.
 * @returns how many combinations there were
 */
export function compare(one: Sample): number {
  const merged = check(one.text, {}, {});
  const all = combinations(one);
  const alone = all.map(([parameters, variables]) => check(one.text, parameters, variables));
  const inAll = new Set(alone.flatMap((each) => found(each)));
  // A service that is deployed in some of the runs is deployed.
  for (const what of inAll) {
    const service = /^undeployed-service .*deploys (\w+)/.exec(what)?.[1];
    if (service !== undefined && alone.some(({ deployments }) => deployments.some((each) => each.service === service)))
      inAll.delete(what);
  }
  assert.deepEqual([...new Set(found(merged))].sort(), [...inAll].sort(), one.text);
  return all.length;
}
