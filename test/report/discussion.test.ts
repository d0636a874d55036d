import assert from 'node:assert/strict';
import type { Discussion } from '../../src/order/discuss/discuss.ts';
import type { ThreadPlan } from '../../src/order/discuss/plan-threads.ts';
import type { Refusal } from '../../src/order/discuss/pull-request.ts';
import { sayDiscussion, statusOf } from '../../src/report/discussion.ts';

const NAMES = {
  number: 42,
  repository: 'contoso-store',
  project: 'Contoso',
  projectId: '0ef135cb-8cdd-4557-a536-e6f20b82b4b9',
  organization: 'contoso',
};
const PLAN: ThreadPlan = { changes: [], decided: 0, unproven: 0, beyond: 0 };
const TOLD: Discussion = {
  state: 'told',
  created: 0,
  edited: 0,
  resolved: 0,
  reopened: 0,
  foreign: 0,
  plan: PLAN,
  refusal: undefined,
};
const say = (more: Partial<Discussion>, wanted = 3) => sayDiscussion({ ...TOLD, ...more }, wanted, NAMES);

describe('what the log is told of a pull request', () => {
  it('counts what was changed, and what was left and why', () => {
    const plan = { ...PLAN, decided: 1, unproven: 2, beyond: 10 };
    assert.deepEqual(say({ created: 2, edited: 1, resolved: 4, reopened: 1, foreign: 1, plan }, 62), {
      lines: [
        'Pull request 42: 53 open comments; 2 new, 1 changed, 1 opened again, 4 resolved.',
        '1 finding somebody has closed there: left closed.',
        '2 comments left open: not everything could be judged, so nothing proves a fix.',
        '10 findings without a comment: a pull request gets 50 at most.',
        '1 comment with an older text: only the identity that wrote it may change it.',
      ],
      warning: undefined,
    });
    assert.deepEqual(say({}, 1).lines, ['Pull request 42: 1 open comment; nothing to change.']);
  });

  const refused = (refusal: Partial<Refusal>, more: Partial<Discussion> = {}): string | undefined =>
    say({
      state: 'refused',
      plan: undefined,
      refusal: { kind: 'forbidden', status: 403, said: '', ...refusal },
      ...more,
    }).warning;
  const cases: [string, string | undefined, RegExp][] = [
    [
      'the identity of the project, by its id',
      refused({ said: `TF401027: identity 'Build\\${NAMES.projectId}'.` }),
      /Allow for 'Contoso Build Service \(contoso\)' in Project settings > Repositories > contoso-store > Security\./,
    ],
    [
      'that of the collection, by another id',
      refused({ said: "identity 'Build\\11111111-8cdd-4557-a536-e6f20b82b4b9'" }),
      /Allow for 'Project Collection Build Service \(contoso\)' in/,
    ],
    ['both, where the service names none', refused({}), /'Contoso Build Service .*' or 'Project Collection Build .*/],
    ['what to let it see', refused({ kind: 'unseen', status: 404 }), /does not see it\. Set 'Read' and 'Contribute/],
    [
      'what came of it, where something did',
      refused({ kind: 'failed', status: undefined, said: 'socket hang up' }, { created: 2, resolved: 1 }),
      /^Only 3 changes came into pull request 42 .*next run writes what is missing\. .* Azure DevOps: socket hang up\.$/,
    ],
  ];
  for (const [name, text, expected] of cases)
    it(`names ${name}`, () => {
      assert.match(text!, expected);
      assert.match(text!, /The verdict of the check is the same\./);
    });
});

describe('the status of a pull request', () => {
  const files = { pipeline: 'ci', pipelineFile: 'azure-pipelines.yml', graphFile: 'service-graph.yml' };

  it('is named by pipeline and files, so that no step hides the verdict of another', () =>
    assert.deepEqual(statusOf(true, 'The order holds.', files, PLAN), {
      name: 'ci: azure-pipelines.yml by service-graph.yml',
      passed: true,
      description: 'The order holds.',
    }));

  it('is one line of bounded length that says how much has no comment', () => {
    const { description } = statusOf(false, `${'x'.repeat(300)}\n##vso[task.x]`, files, { beyond: 3 });
    assert.equal(description.length, 200);
    assert.match(description, /^x+\.\.\. 3 findings without a comment: see the run\.$/);
  });
});
