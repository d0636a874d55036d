import { oneOf, text } from '../../../src/settings/kinds.ts';
import { declare, withDefault } from '../../../src/settings/setting.ts';
import type { ServerTask } from '../../../src/settings/task-json.ts';

/** The input is on the left, so that what the answer holds is compared as text: `true` with `true`, an object with nothing. */
const HOLDS = `eq(taskInputs['expectedValue'], jsonpath('$(jsonPath)')[0])`;

export const manifest: ServerTask = {
  id: 'b13e34d4-c8bb-4302-8ea4-636236ef2d90',
  name: 'SafeRolloutHealthGate',
  friendlyName: 'Safe Rollout: health gate',
  description: 'Passes when the health page of a service answers with the expected status and value. Needs no agent.',
  category: 'Deploy',
  instanceNameFormat: 'Health of $(healthUrl)',
  help: 'Azure Pipelines asks the health page itself, from its own network: the page must be reachable from the internet. One answer is one instance: ask for steady results (classic gates have a duration for that). A page that redirects, to a sign-in for example, does not pass, since it does not hold the expected value.',
  settings: declare({
    healthUrl: text({
      label: 'Health URL',
      help: 'The page that tells the health of the service, such as `https://app-contoso-payments.azurewebsites.net/health`. It must answer with JSON within 20 seconds.',
    }),
    expectedStatus: withDefault(
      oneOf(['OK', 'Created', 'Accepted'], {
        label: 'Expected status',
        help: 'The status of a good answer, by its name: `OK` is 200, `Created` 201, `Accepted` 202.',
      }),
      'OK',
    ),
    jsonPath: withDefault(
      text({
        label: 'JSON path',
        help: 'Where in the answer the value stands, such as `$.status` or `$.checks[0].state`. Without single quotes.',
      }),
      '$.status',
    ),
    expectedValue: withDefault(
      text({
        label: 'Expected value',
        help: 'What must stand there, in any letter case: a word of the health page, or a version such as `$(Build.BuildNumber)`.',
      }),
      'healthy',
    ),
    headers: withDefault(
      text({
        label: 'Headers',
        help: 'Headers of the request, as a JSON object. A key belongs into a secret variable.',
      }),
      '{"Accept": "application/json"}',
    ),
  }),
  // A chain of one, because only in a chain the status can be asked for.
  requests: {
    kind: 'HttpRequestChain',
    steps: [
      {
        connection: null,
        url: '$(healthUrl)',
        headers: '$(headers)',
        expression: `and(eq(response['statuscode'], taskInputs['expectedStatus']), eq(isNullOrEmpty(taskInputs['expectedValue']), false), ${HOLDS})`,
      },
    ],
  },
};
