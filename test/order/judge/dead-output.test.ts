import assert from 'node:assert/strict';
import { checkOrder } from '../../../src/order/check-order.ts';

const GRAPH = 'version: 1\nservices: { orders: { deployedBy: { stage: A } } }\n';
/** Stage A with a job, a deployment and a matrix; each has a step `mark`. */
const ABOVE = `stages:
- stage: A
  isSkippable: false
  jobs:
  - job: J
    steps: [{ script: a, name: mark }, { script: b }]
  - deployment: D
    environment: e
    strategy: { runOnce: { deploy: { steps: [{ script: a, name: mark }] } } }
  - job: M
    strategy: { matrix: { x: { v: 1 }, y: { v: 2 } } }
    steps: [{ script: a, name: mark }]
`;

function said(text: string): readonly string[] {
  const { findings } = checkOrder({ pipelineText: text, pipelineFile: 'p.yml', graphText: GRAPH, graphFile: 'g.yml' });
  return findings
    .filter(({ rule }) => rule === 'dead-condition-reference' || rule === 'pipeline-file')
    .map(({ message }) => message.replace(/^.*which is always empty: /, ''));
}

const ofStage = (asked: string): readonly string[] =>
  said(`${ABOVE}- stage: B\n  condition: eq(${asked}, 'x')\n  jobs: [{ job: Z, steps: [{ script: z }] }]\n`);
const ofJob = (asked: string, dependsOn = '[J, D, M]'): readonly string[] =>
  said(
    `${ABOVE}  - job: Z\n    dependsOn: ${dependsOn}\n    condition: eq(${asked}, 'x')\n    steps: [{ script: z }]\n`,
  );
const elsewhere = (asked: string): readonly string[] =>
  said(`${ABOVE}- stage: B\n  jobs: [{ job: Z, condition: "eq(${asked}, 'x')", steps: [{ script: z }] }]\n`);

describe('an output that is asked for in a form that is always empty', () => {
  const right: readonly (readonly [(asked: string) => readonly string[], string])[] = [
    [ofStage, "dependencies.A.outputs['J.mark.v']"],
    [ofStage, "dependencies.a.outputs['j.MARK.v']"],
    [ofStage, "dependencies.A.outputs['D.D.mark.v']"],
    [ofStage, "dependencies.A.outputs['D.Deploy_web.mark.v']"],
    [ofStage, "dependencies.A.outputs['M.x.mark.v']"],
    [ofStage, 'dependencies.A.result'],
    [ofStage, "dependencies.A.outputs[variables['which']]"],
    [ofJob, "dependencies.J.outputs['mark.v']"],
    [ofJob, "dependencies.J.outputs['mark.v.w']"],
    [ofJob, "dependencies.D.outputs['D.mark.v']"],
    [ofJob, "dependencies.M.outputs['x.mark.v']"],
    [elsewhere, "stageDependencies.A.J.outputs['mark.v']"],
    [elsewhere, "stageDependencies.A.D.outputs['D.mark.v']"],
  ];
  for (const [of, asked] of right) it(`is not ${asked}`, () => assert.deepEqual(of(asked), []));

  const stage = 'in the condition of a stage the form is ';
  const wrong: readonly (readonly [(asked: string) => readonly string[], string, string])[] = [
    [ofStage, "dependencies.A.J.outputs['mark.v']", `${stage}dependencies.A.outputs['J.mark.v']`],
    [ofStage, "dependencies.A.D.outputs['D.mark.v']", `${stage}dependencies.A.outputs['D.D.mark.v']`],
    [ofStage, "dependencies.A.D.outputs['mark.v']", `${stage}dependencies.A.outputs['D.D.mark.v']`],
    [ofStage, "dependencies.A.outputs['D.mark.v']", `${stage}dependencies.A.outputs['D.D.mark.v']`],
    [ofStage, "dependencies.A.outputs['mark.v']", `${stage}dependencies.A.outputs['J.mark.v']`],
    [ofStage, "dependencies.A.outputs['other.v']", `${stage}dependencies.A.outputs['JOB.other.v']`],
    [ofStage, "dependencies.A.outputs['J.J.mark.v']", `${stage}dependencies.A.outputs['J.mark.v']`],
    [ofStage, "dependencies.A.outputs['J.marc.v']", "no step of job J has the name 'marc'; did you mean 'mark'?"],
    [ofJob, "dependencies.J.outputs['J.mark.v']", "of a job the form is dependencies.J.outputs['mark.v']"],
    [ofJob, "dependencies.D.outputs['mark.v']", "of a deployment the form is dependencies.D.outputs['D.mark.v']"],
    [ofJob, "dependencies.D.outputs['D.marc.v']", "no step of job D has the name 'marc'; did you mean 'mark'?"],
    [
      elsewhere,
      "stageDependencies.A.outputs['J.mark.v']",
      "a job asks for one job of a stage: stageDependencies.A.J.outputs['mark.v']",
    ],
    [
      elsewhere,
      "stageDependencies.A.D.outputs['mark.v']",
      "of a deployment the form is stageDependencies.A.D.outputs['D.mark.v']",
    ],
  ];
  for (const [of, asked, message] of wrong) it(`is ${asked}`, () => assert.deepEqual(of(asked), [message]));
});
