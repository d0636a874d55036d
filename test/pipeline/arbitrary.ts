import fc from 'fast-check';

/** Documents with the keys of pipelines in all the wrong and some of the right places. */
const keys = fc.constantFrom(
  ...['stages', 'jobs', 'steps', 'stage', 'job', 'deployment', 'dependsOn', 'strategy', 'runOnce', 'deploy', 'on'],
  ...['condition', 'task', 'inputs', 'template', 'extends', '${{ if x }}', 'continueOnError', 'enabled', 'success', ''],
);
const words = fc.constantFrom(
  '',
  'A',
  'B',
  '${{ x }}',
  '$(x)',
  'succeeded()',
  'AzureWebApp@1',
  'SafeRolloutDeploy@1',
  'a\nb',
);
export const documents = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 7, withCrossShrink: true },
    words,
    fc.constantFrom(null, true, 1),
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(keys, tie('node'), { maxKeys: 5 }),
  ),
})).node;
