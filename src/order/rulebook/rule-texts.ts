/** What a rule is about, for people: shown in SARIF viewers, in the table of overview.md and in its test. */
export interface RuleText {
  /** What it finds, in a sentence. */
  readonly what: string;
  /** What goes wrong at run time when it is left so. */
  readonly why: string;
  /** What to write. */
  readonly cure: string;
  readonly level: 'error' | 'warning';
  /** The order was not judged because of it: it can be accepted neither by a baseline nor by a suppression. */
  readonly hides?: true;
  /** What it finds is wrong, and the order holds all the same. */
  readonly beside?: true;
  /** Of one place it is one finding in all cases of what may be chosen, though other services hang on it in each. */
  readonly oneInAllCases?: true;
  /** Its name is taken, and nothing looks for it yet: no output claims that it was judged. */
  readonly later?: true;
}

/** Every rule of the order check, in the order in which people should read them. Names are part of the interface. */
export const RULES: Readonly<Record<string, RuleText>> = {
  'missing-order': {
    what: 'A service and one that it needs are deployed by stages or jobs that nothing orders.',
    why: 'Both run at once: on some days the dependent is before its users while what it needs is not, or has failed.',
    cure: 'Add the `dependsOn` that the message names; `validate --fix` writes it.',
    level: 'error',
  },
  'reversed-order': {
    what: 'A service is deployed before one that it needs.',
    why: 'Every run puts the dependent before its users first, and keeps it there when the rest fails.',
    cure: 'Turn the two round as the message says.',
    level: 'error',
  },
  'unsafe-condition': {
    what: 'A condition lets a dependent run although what it needs failed, was cancelled or was skipped.',
    why: 'A condition of your own replaces `succeeded()`: without it a failure above stops nothing.',
    cure: 'Begin the condition with `and(succeeded(), ...)`.',
    level: 'error',
  },
  'masked-failure': {
    what: '`continueOnError` hides the failure of a deployment from what depends on it.',
    why: 'The job ends as succeeded with issues, and everything behind it runs.',
    cure: 'Remove `continueOnError` from the deployment, or move what may fail into a job of its own.',
    level: 'error',
  },
  'same-job-order': {
    what: 'The steps of one job deploy a service before one that it needs.',
    why: 'When the later step fails, the dependent is before its users already.',
    cure: 'Exchange the two steps.',
    level: 'error',
  },
  'version-mismatch': {
    what: 'The declared version of a service is outside the range that a dependent asks for.',
    why: 'The dependent meets an interface that it was not built for.',
    cure: 'Raise the version, or widen the range where that is true.',
    level: 'error',
  },
  'contract-before-consumers': {
    what: 'The contract phase of a database runs before every consumer is on the new release.',
    why: 'A consumer that still runs the old release asks for what has just been removed.',
    cure: 'Let the contract depend on the deployments of all consumers.',
    level: 'error',
  },
  'undeployed-service': {
    what: 'No job of the pipeline deploys a service of the graph.',
    why: 'Its place in the order cannot be checked, and its dependents may meet a release that is not there.',
    cure: 'Add the deployment, or say with `deployedBy` which job or pipeline does it.',
    level: 'error',
    beside: true,
  },
  'undeclared-deployment': {
    what: 'A step deploys an app that no service of the graph has.',
    why: 'Nothing can be said about the order of what is not declared.',
    cure: 'Add the service to the graph file.',
    level: 'error',
    beside: true,
  },
  'unknown-dependency': {
    what: 'A service of the graph depends on a name that no service has.',
    why: 'The edge is not checked: it leads nowhere.',
    cure: 'Correct the name, or add the service.',
    level: 'error',
  },
  'graph-cycle': {
    what: 'Services of the graph depend on each other in a circle.',
    why: 'No order of deployment can satisfy a circle.',
    cure: 'Remove the edge of the circle that is not needed at run time.',
    level: 'error',
  },
  'skippable-dependency': {
    what: 'What a service needs can be skipped while its stage still succeeds.',
    why: 'The dependent then runs against a release that this run did not deploy.',
    cure: 'Deploy it in a job without a condition, or let the dependent ask for its result.',
    level: 'error',
  },
  'deselectable-stage': {
    what: 'A stage that others need can be left out by hand when the run is queued.',
    why: 'Azure Pipelines then goes on as if the stage had not been there.',
    cure: 'Write `isSkippable: false` at the stage.',
    level: 'warning',
    oneInAllCases: true,
  },
  'dead-condition-reference': {
    what: 'A condition asks for what it cannot see: a result of somebody who is not above it, or an output in a form that is always empty.',
    why: 'What is not above in `dependsOn` is empty there, so the comparison never has the result that was meant.',
    cure: 'Add what it asks for to `dependsOn`, or correct the name.',
    level: 'warning',
    beside: true,
  },
  'blind-rollback': {
    what: 'A hook for failures swaps slots without knowing whether a swap has happened.',
    why: 'A swap is its own inverse: after a failure before the swap, the hook puts the new release before the users.',
    cure: 'Use SafeRolloutRollback, which reads what this run has changed.',
    level: 'error',
    beside: true,
  },
  'rollback-without-failure': {
    what: 'A rollback runs also when nothing has failed.',
    why: 'Every run that goes well takes its own release back.',
    cure: 'Let SafeRolloutRollback do it, under `on: failure` or `failed()`, without naming services.',
    level: 'error',
    beside: true,
  },
  'missing-rollback-hook': {
    what: 'A deployment has no hook that undoes it when it fails.',
    why: 'What the run has changed stays changed until a person comes.',
    cure: 'Add SafeRolloutRollback under `on: failure`.',
    level: 'warning',
    beside: true,
  },
  'upload-after-swap': {
    what: 'A release is uploaded to a slot after the swap of that slot.',
    why: 'The run is green, and users get what lay in the slot before; the new release waits there for the next run.',
    cure: 'Upload before the swap.',
    level: 'error',
    beside: true,
  },
  'unverified-dependency': {
    what: 'A service is deployed, and nothing asks whether it is healthy before one that needs it goes out.',
    why: 'A deployment succeeds when the release is in place: that it does not start is seen when the dependents fail, too.',
    cure: 'Add a step that asks and fails, or deploy it with SafeRolloutDeploy or SafeRolloutSwap.',
    level: 'warning',
    oneInAllCases: true,
    beside: true,
  },
  'interleaved-runs': {
    what: 'The locks of two stages let another run of the pipeline come between a service and one that needs it.',
    why: 'A lock holds one stage, not two: a newer run is beside the older one, or cancels it half-way, and no hook for failures runs.',
    cure: 'Write `lockBehavior: sequential` at the stage of the dependent.',
    level: 'warning',
    beside: true,
  },
  'unguarded-production': {
    what: 'Production is deployed by a plain job, while another place is deployed through an environment.',
    why: 'Approvals and checks of an environment hold back only what names it: none of them is asked before production.',
    cure: 'Make the job a `deployment` with an `environment`.',
    level: 'warning',
    beside: true,
  },
  unresolved: {
    what: 'A part of the pipeline that could not be judged: a template, an expression, a condition, a name.',
    why: 'Unknown is not a pass: the part may hide the very edge that is missing.',
    cure: 'Make the part known (the message says how), or accept it with a reason.',
    level: 'error',
  },
  'graph-file': {
    what: 'The service graph file is faulty.',
    why: 'The order cannot be judged by a graph that cannot be read.',
    cure: 'Correct what the message names.',
    level: 'error',
    hides: true,
  },
  'pipeline-file': {
    what: 'The pipeline file is faulty.',
    why: 'Azure Pipelines refuses it, or would read something else than its author means.',
    cure: 'Correct what the message names.',
    level: 'error',
    hides: true,
  },
  'pipeline-graph': {
    what: 'Azure Pipelines refuses the graph of stages and jobs.',
    why: 'The run does not start; the message holds the sentence of the service beside the true cause.',
    cure: 'Correct the name, or open the circle.',
    level: 'error',
    hides: true,
  },
  'bad-suppression': {
    what: 'A suppression that accepts nothing: no reason, or no such rule.',
    why: 'Its author believes a finding to be accepted that is not.',
    cure: 'Write `# safe-rollout-ignore rule: reason`.',
    level: 'error',
    hides: true,
  },
  'unused-suppression': {
    what: 'A suppression that no finding needs.',
    why: 'It would hide the next finding of its rule at this place.',
    cure: 'Remove it.',
    level: 'warning',
    hides: true,
  },
};

/** The rules that are judged. */
export function rulesInForce(): [string, RuleText][] {
  return Object.entries(RULES).filter(([, { later }]) => later !== true);
}

/** Rules whose findings are errors of the files themselves: nobody can accept those and still know the order. */
export function canBeAccepted(rule: string): boolean {
  return RULES[rule]?.hides !== true;
}

/** Whether the order may be proven although the rule has found something. */
export function isBesideOrder(rule: string): boolean {
  return RULES[rule]?.beside === true;
}
