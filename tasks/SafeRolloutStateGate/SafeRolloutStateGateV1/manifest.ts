import { text } from '../../../src/settings/kinds.ts';
import { declare, withDefault } from '../../../src/settings/setting.ts';
import type { ServerTask } from '../../../src/settings/task-json.ts';

/** The names of all entries: each tells service, action and phase (`journal/entry-name.ts`). */
const NAMES = `join(',', jsonpath('$.value[*].name'))`;

/**
 * One more than there are entries of the service with one of these actions and phases, as pieces are one more than cuts. Cut at
 * a sign that no name has: whether `split` takes several as one is not documented.
 */
const pieces = (...whats: readonly string[]): string =>
  `count(split(${whats.reduce((names, what) => `replace(${names}, '.$(service).${what}.', '|')`, NAMES)}, '|'))`;
const none = (what: string): string => `eq(${pieces(what)}, 1)`;

/**
 * Sound, whatever the order in which entries are listed: the service was promoted, as many promotions were verified as moved,
 * each request has a known end, and nothing was found ill or taken back. A promotion is verified once: who could do it a second
 * time has lost the token for this journal with its job. Not complete: names do not tell which of two promotions is the
 * newer, so a run that took the service back once never passes again.
 */
const VERIFIED = `and(${[
  `ge(${pieces('promote.done')}, 2)`,
  `eq(${pieces('verify.done')}, ${pieces('promote.done')})`,
  `eq(${pieces('promote.intent')}, ${pieces('promote.done', 'promote.failed')})`,
  none('verify.failed'),
  none('verify.unknown'),
  none('undo.intent'),
  none('undo.done'),
].join(', ')})`;

export const manifest: ServerTask = {
  id: '6f475a29-5507-4761-9ebc-7c81d901ff47',
  name: 'SafeRolloutStateGate',
  friendlyName: 'Safe Rollout: state gate',
  description: 'Passes when the journal of a run says that a service was promoted, verified and not taken back.',
  category: 'Deploy',
  instanceNameFormat: '$(service) is verified by run $(buildId)',
  help: 'Reads the names of the journal entries that a pipeline run has attached to its timeline, with the token of the job. The journal must be the default one (`auto` or `attachments`), and the service of a kind that is promoted (App Service, container app). A run that found the service ill or took it back once never passes again, even where a later attempt succeeds: start a new run. What others have changed in Azure since is not in the journal: ask the health too.',
  settings: declare({
    service: text({
      label: 'Service',
      help: 'The name of the service as the service graph has it, in its letter case, with `_` in the place of each point. For SafeRolloutSwap it is the name of the app.',
    }),
    buildId: withDefault(
      text({
        label: 'Run',
        help: 'The id of the pipeline run that deployed the service: this one when left as it is, that of a pipeline resource as `$(resources.pipeline.payments.runID)`.',
      }),
      '$(Build.BuildId)',
    ),
  }),
  requests: {
    kind: 'HttpRequest',
    request: {
      connection: null,
      url: '$(system.teamFoundationCollectionUri)$(system.teamProjectId)/_apis/build/builds/$(buildId)/attachments/safe-rollout.journal?api-version=7.1',
      headers: '{"Accept": "application/json", "Authorization": "Bearer $(system.accesstoken)"}',
      expression: VERIFIED,
    },
  },
};
