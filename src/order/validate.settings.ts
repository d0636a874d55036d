import { choiceSettings } from './choices.settings.ts';
import { boolean, oneOf, pairs, path } from '../settings/kinds.ts';
import { declare, optional, withDefault, type Setting, type Settings } from '../settings/setting.ts';
import { fail } from '../settings/kinds.ts';
import { didYouMean } from '../finding/nearest.ts';
import { canBeAccepted, RULES } from './rulebook/rule-texts.ts';

/** Where the task and the command line look for the two files when nobody names them. */
export const USUAL_FILES = { pipelineFile: 'azure-pipelines.yml', graphFile: 'service-graph.yml' };

/** What SafeRolloutValidate and `safe-rollout validate` both take. */
export const validateSettings = declare(
  {
    pipelineFile: withDefault(
      path({ label: 'Pipeline file', help: 'The Azure Pipelines file whose order is checked.' }),
      USUAL_FILES.pipelineFile,
    ),
    graphFile: withDefault(
      path({ label: 'Service graph', help: 'The file that declares the services and what they depend on.' }),
      USUAL_FILES.graphFile,
    ),
    ...choiceSettings,
    failOn: withDefault(
      oneOf(['new', 'error', 'never'], {
        label: 'Fail on',
        help: 'Which errors fail the check: `new` those that the baseline does not hold (all, without a baseline), `error` those of the baseline too, `never` none: findings are reported and change nothing.',
        group: 'adoption',
      }),
      'new',
    ),
    onUnresolved: withDefault(
      oneOf(['fail', 'warn'], {
        label: 'When something cannot be judged',
        help: '`fail`: unknown is not a pass. `warn`: what cannot be judged is reported as a warning.',
        group: 'adoption',
      }),
      'fail',
    ),
    baseline: optional(
      path({
        label: 'Baseline',
        help: 'A file of accepted findings, written by `safe-rollout validate --write-baseline`. They are counted and no longer fail the check.',
        group: 'adoption',
      }),
    ),
    severity: optional(
      severities({
        label: 'Severity',
        help: 'Another severity for a rule: `rule=error` or `rule=warning`, several by comma or line.',
        group: 'adoption',
      }),
    ),
    sarifFile: optional(
      path({
        label: 'SARIF file',
        help: 'Where to write the findings as SARIF 2.1.0. The Scans tab of a run shows it when it is published in an artifact named `CodeAnalysisLogs`.',
        group: 'files',
      }),
    ),
    junitFile: optional(
      path({
        label: 'JUnit file',
        help: 'Where to write a test for every rule and every edge of the graph, for PublishTestResults@2.',
        group: 'files',
      }),
    ),
    svgFile: optional(
      path({
        label: 'Picture',
        help: 'Where to write a picture (SVG) of the pipeline laid over the service graph, missing edges in red.',
        group: 'files',
      }),
    ),
  },
  { groups: { adoption: 'Adoption', files: 'Files' } },
);

export type ValidateSettings = Settings<typeof validateSettings>;

/** What SafeRolloutValidate alone takes: it runs where there is a pull request. */
export const validateTaskSettings = declare(
  {
    ...validateSettings.settings,
    comment: withDefault(
      boolean({
        label: 'Comment on the pull request',
        help: "In a pull request of Azure Repos: one comment for each finding, resolved once it is mended, and a status. The build service identity of the job needs the right 'Contribute to pull requests' on the repository. Other runs write nothing; on GitHub the annotations of the run and the SARIF file serve.",
        group: 'files',
      }),
      'false',
    ),
  },
  { groups: validateSettings.groups },
);

/** A misspelt rule would leave everything as it was, unseen. */
function severities(about: Parameters<typeof pairs>[0]): Setting<Readonly<Record<string, string>>> {
  const read = pairs(about);
  return {
    ...read,
    parse: (given) => {
      const parsed = read.parse(given);
      if (!parsed.ok) return parsed;
      for (const [rule, severity] of Object.entries(parsed.value)) {
        if (!Object.hasOwn(RULES, rule) || !canBeAccepted(rule))
          return fail(`names '${rule}', whose severity cannot be set${didYouMean(rule, Object.keys(RULES))}`);
        if (severity !== 'error' && severity !== 'warning')
          return fail(`gives ${rule} '${severity}': error or warning`);
      }
      return parsed;
    },
  };
}
