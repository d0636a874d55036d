import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readPipeline } from '../../src/pipeline/read-pipeline.ts';
import { findTargets } from '../../src/pipeline/targets.ts';

/** What a step of one kind with this script deploys, in words. `??` is a doubt about what is known. */
function deployed(step: string, script: string, head = ''): string {
  const lines = script.split('\n').map((line) => `    ${line}`);
  const { pipeline, findings } = readPipeline(`${head}steps:\n- ${step}: |\n${lines.join('\n')}`, 'p.yml');
  assert.deepEqual(findings, []);
  const { targets, unresolved } = findTargets(pipeline!);
  const said = targets.map(({ target, part }) => {
    switch (target.kind) {
      case 'exposes':
      case 'uploads': {
        const slot = target.kind === 'uploads' ? ` to ${target.slot}` : '';
        const group = target.resourceGroup === undefined ? '' : ` in ${target.resourceGroup}`;
        return `${part} ${target.platform} ${target.kind} ${target.app}${slot}${group}`;
      }
      case 'services':
        return 'services';
      case 'unknown':
        return target.reasons.map(({ what }) => `? ${what.replace(/^.*?: /, '')}`).join('; ');
    }
  });
  return [...said, ...unresolved.map(({ what }) => `?? ${what.replace(/^.*?: /, '')}`)].join('; ');
}

const ZIP = 'az webapp deploy -g rg -n';
const UNKNOWN = 'which is known only at run time';

describe('scripts that deploy', () => {
  const bash: [string, string, string][] = [
    [`${ZIP} pay --src-path a.zip`, '0 appService exposes pay in rg', 'az webapp deploy'],
    [`${ZIP} pay --slot staging`, '0 appService uploads pay to staging in rg', 'a slot'],
    [
      `az webapp deploy \\\n  --resource-group rg \\\n  --name "pay" --slot=production`,
      '0 appService exposes pay in rg',
      'continued lines, quotes, an equals sign',
    ],
    ['az webapp deployment source config-zip -n pay --src a.zip', '0 appService exposes pay', 'config-zip'],
    [
      'az functionapp deployment source config-zip -n fn -s next --src a.zip',
      '0 appService uploads fn to next',
      'a function app',
    ],
    ['az webapp deployment slot swap -n pay -s staging', '0 appService exposes pay', 'a swap'],
    [
      'az webapp deployment slot swap -n pay -s staging --target-slot qa',
      '0 appService uploads pay to qa',
      'a swap of two others',
    ],
    ['az webapp deployment slot swap -n pay -s staging --action preview', '', 'a preview'],
    ['az webapp deployment slot list -n pay', '', 'a list'],
    ['az webapp config appsettings set -n pay --settings a=b', '', 'settings'],
    ['az containerapp update -n api -g rg --image x:1', '0 containerApp exposes api in rg', 'a container app'],
    ['az containerapp up --name api', '0 containerApp exposes api', 'containerapp up'],
    ['az containerapp show -n api', '', 'a look'],
    ['func azure functionapp publish fn --typescript', '0 appService exposes fn', 'func publish'],
    ['func azure functionapp publish fn --slot next', '0 appService uploads fn to next', 'func publish to a slot'],
    ['swa deploy ./dist --env production -n store', '0 staticWebApp exposes store', 'swa deploy'],
    ['swa deploy ./dist -n store', '', 'swa deploy to a preview, its default'],
    ['npx --yes @azure/static-web-apps-cli deploy', '', 'another name of a tool, which is not known'],
    ['npx swa deploy --env production', '? `swa deploy` tells its app by a token only', 'swa deploy by token'],
    ['kubectl set image deployment/pay pay=x:2', '0 kubernetes exposes pay', 'kubectl set image'],
    ['kubectl -n prod patch deployment pay -p x', '0 kubernetes exposes pay', 'kubectl patch'],
    ['kubectl apply -f k8s/', '? `kubectl apply` deploys what its files hold', 'kubectl apply'],
    ['kubectl apply --dry-run=client -f k8s/', '', 'a dry run'],
    ['kubectl get pods', '', 'a look at a cluster'],
    ['helm upgrade --install --atomic --namespace prod pay ./chart', '0 kubernetes exposes pay', 'helm upgrade'],
    ['helm upgrade pay ./chart --set a=b --dry-run', '', 'a dry run of helm'],
    ['helm list', '', 'a list of releases'],
    ['sudo /usr/bin/az.exe webapp deploy -n pay', '0 appService exposes pay', 'a path and sudo'],
    ['A=1 az webapp deploy -n pay', '0 appService exposes pay', 'an assignment before'],
    ['APP=pay\naz webapp deploy -n $APP', '0 appService exposes pay', 'a variable of the script'],
    ['APP=pay-"x"\naz webapp deploy -n "${APP}1"', '0 appService exposes pay-x1', 'a variable inside a word'],
    [
      'APP=$(cat app)\naz webapp deploy -n "$APP"',
      `? \`az webapp deploy\` names its app by '"$APP"', ${UNKNOWN}`,
      'a computed variable',
    ],
    [
      'APP=a\nAPP=b\naz webapp deploy -n $APP',
      `? \`az webapp deploy\` names its app by '$APP', ${UNKNOWN}`,
      'a variable assigned twice',
    ],
    [
      'if x; then APP=a; fi\naz webapp deploy -n $APP',
      `? \`az webapp deploy\` names its app by '$APP', ${UNKNOWN}`,
      'a variable assigned in a block',
    ],
    [
      'az webapp deploy -n pay --slot "$SLOT"',
      `? \`az webapp deploy\` names its slot by '"$SLOT"', ${UNKNOWN}`,
      'a slot at run time',
    ],
    [
      'az webapp deploy -n pay "${args[@]}"',
      '? `az webapp deploy` has options that are known only at run time',
      'options at run time',
    ],
    [
      'az webapp deploy --ids /subscriptions/x',
      `? \`az webapp deploy\` names its app by '/subscriptions/x', ${UNKNOWN}`,
      'an id',
    ],
    ['az webapp deploy', '? `az webapp deploy` does not say which app', 'no app'],
    ['DEPLOYMENT_SLOT=staging', '', 'an assignment is no program'],
    ['DEPLOY_URL+=/x', '', 'an assignment that appends'],
    ['URL=$(az webapp deployment container show-cd-url "${args[@]}")', '', 'unknown words behind a call that looks'],
    ['az webapp $what -n x', '? a call of az whose words are known only at run time', 'unknown words in front'],
    ['az $what deploy -n x', '? a call of az whose words are known only at run time', 'words at run time'],
    ['# az webapp deploy -n pay', '', 'a comment'],
    ['echo "az webapp deploy -n pay"', '', 'text that is shown'],
    ["cat <<'EOF' > x.sh\naz webapp deploy -n pay\nEOF\necho done", '', 'a here-document'],
    ['out=$(az webapp deploy -n pay)', '0 appService exposes pay', 'a substitution'],
    [
      'echo $(az webapp deploy -n pay)',
      '0 appService exposes pay; ?? `az webapp deploy` cannot be relied on: the command that it stands in hides a failure of it',
      'a substitution in a command of its own',
    ],
    [
      `${ZIP} a\n${ZIP} b`,
      '0 appService exposes a in rg; 1 appService exposes b in rg; ?? `az webapp deploy` cannot be relied on: the script goes on after a failure of it: begin the script with `set -e`',
      'two, of which the first fails unseen',
    ],
    [
      `set -euo pipefail\n${ZIP} a\n${ZIP} b | tee log`,
      '0 appService exposes a in rg; 1 appService exposes b in rg',
      'two, with set -e',
    ],
    [
      `set -e\nset +e\n${ZIP} a\necho`,
      '0 appService exposes a in rg; ?? `az webapp deploy` cannot be relied on: the script goes on after a failure of it: begin the script with `set -e`',
      'set -e taken back',
    ],
    [
      `${ZIP} a || true`,
      '0 appService exposes a in rg; ?? `az webapp deploy` cannot be relied on: a failure is taken care of by the command behind `||`',
      'a failure that is let pass',
    ],
    [`${ZIP} a || exit 1\necho`, '0 appService exposes a in rg', 'a failure that ends the script'],
    [
      `${ZIP} a &`,
      '0 appService exposes a in rg; ?? `az webapp deploy` cannot be relied on: it runs in the background',
      'the background',
    ],
    [
      `${ZIP} a | tee log`,
      '0 appService exposes a in rg; ?? `az webapp deploy` cannot be relied on: only the last command of a pipe tells a failure: add `set -o pipefail`',
      'a pipe',
    ],
    [`cd x && ${ZIP} a`, '0 appService exposes a in rg', 'a chain at the end'],
    [
      `cd x && ${ZIP} a\necho`,
      '0 appService exposes a in rg; ?? `az webapp deploy` cannot be relied on: the script goes on when a command joined by `&&` fails: write them on lines of their own, after `set -e`',
      'a chain before the end',
    ],
    [
      `if [ -f a.zip ]; then\n  ${ZIP} a\nfi`,
      '0 appService exposes a in rg; ?? `az webapp deploy` cannot be relied on: it stands in an if of its script',
      'a condition',
    ],
    [`for a in x y; do ${ZIP} $a; done`, `? \`az webapp deploy\` names its app by '$a', ${UNKNOWN}`, 'a loop'],
    [
      `go() {\n  ${ZIP} a\n}`,
      '0 appService exposes a in rg; ?? `az webapp deploy` cannot be relied on: it stands in a function of its script',
      'a function',
    ],
    [
      './scripts/deploy.sh prod',
      "? './scripts/deploy.sh' is not read, and seems to deploy",
      'a script that deploys by its name',
    ],
    ['npm run deploy', "? 'deploy' is not read, and seems to deploy", 'an npm script'],
    ['mkdir deploy && cd deploy', '', 'a folder'],
    ['npm run build', '', 'a build'],
    ['retry 3 az webapp deploy -n pay', '? `retry` calls az webapp deploy', 'a wrapper that is not known'],
    ['az webapp deploy -n "pay', '? a quote is not closed', 'a quote that is not closed'],
    ['echo "hello', '', 'a quote that is not closed where nothing deploys'],
  ];
  for (const [script, expected, reason] of bash)
    it(`bash: ${reason}`, () => assert.equal(deployed('bash', script), expected));

  const powershell: [string, string, string][] = [
    ['az webapp deploy `\n  --name pay `\n  --slot staging', '0 appService uploads pay to staging', 'continued lines'],
    ["$app = 'pay'\naz webapp deploy --name $app", '0 appService exposes pay', 'a variable'],
    [
      '$app = "pay-$env:REGION"\naz webapp deploy --name "$app"',
      `? \`az webapp deploy\` names its app by '"$app"', ${UNKNOWN}`,
      'a variable of an unknown one',
    ],
    [
      '# az webapp deploy -n a\n<# az webapp deploy -n b\n#>\nWrite-Host "az webapp deploy -n c"',
      '',
      'comments and text',
    ],
    [
      'Publish-AzWebApp -ResourceGroupName rg -Name pay -ArchivePath a.zip -Force',
      '0 appService exposes pay in rg',
      'Publish-AzWebApp',
    ],
    [
      'Switch-AzWebAppSlot -SourceSlotName staging -Name pay -ResourceGroupName rg',
      '0 appService exposes pay in rg',
      'Switch-AzWebAppSlot',
    ],
    [
      'Switch-AzWebAppSlot -SourceSlotName a -DestinationSlotName b -Name pay',
      '0 appService uploads pay to b',
      'a swap of two others',
    ],
    ['Publish-AzWebApp @arguments', '? `publish-azwebapp` names its app by no parameter that is read', 'splatting'],
    [
      'if ($x) {\n  az webapp deploy -n pay\n}',
      '0 appService exposes pay; ?? `az webapp deploy` cannot be relied on: it stands in a block of its script',
      'a block',
    ],
    [
      'az webapp deploy -n a\naz webapp restart -n a',
      '0 appService exposes a; ?? `az webapp deploy` cannot be relied on: the exit code of a later command hides a failure of it: add `if ($LASTEXITCODE) { exit $LASTEXITCODE }` behind it',
      'a later command',
    ],
    [
      'az webapp deploy -n a\nif ($LASTEXITCODE -ne 0) { exit 1 }\naz webapp restart -n a',
      '0 appService exposes a',
      'a check behind it',
    ],
    ['az webapp deploy -n a\nWrite-Host done', '0 appService exposes a', 'a cmdlet behind it'],
    ['$r = (az webapp deploy -n pay)', '0 appService exposes pay', 'a call in brackets'],
    ["az webapp deploy -n 'pay", '? a quote is not closed', 'a quote that is not closed'],
  ];
  for (const step of ['pwsh', 'powershell'])
    for (const [script, expected, reason] of powershell)
      it(`${step}: ${reason}`, () => assert.equal(deployed(step, script), expected));

  it('reads a script step, also one for cmd', () => {
    assert.equal(deployed('script', 'call az webapp deploy ^\n  -n pay'), '0 appService exposes pay');
    const head = 'variables: { My.App: pay }\n';
    assert.equal(deployed('script', 'az webapp deploy -n %MY_APP%', head), '0 appService exposes pay');
  });

  it('knows variables of the pipeline, as macros and as the environment has them', () => {
    const head = 'variables: { my.app: pay, slot: next }\n';
    for (const app of ['$(my.app)', '$MY_APP', '${MY_APP}'])
      assert.equal(deployed('bash', `az webapp deploy -n ${app}`, head), '0 appService exposes pay', app);
    assert.equal(
      deployed('pwsh', 'az webapp deploy -n $env:MY_APP -s "$(slot)"', head),
      '0 appService uploads pay to next',
    );
  });

  it('knows the environment of the step', () => {
    const text = (env: string): string =>
      inTask(`bash: az webapp deploy -n $APP\n  env: { APP: ${env} }`, 'variables: { a: pay }\n');
    assert.equal(text('pay'), 'exposes pay');
    assert.equal(text('$(a)'), 'exposes pay');
    assert.equal(text('$(secret)'), '?');
  });

  const tasks: [string, string, string][] = [
    [
      'task: AzureCLI@2\n  inputs: { scriptType: bash, scriptLocation: inlineScript, inlineScript: az webapp up -n a }',
      'exposes a',
      'AzureCLI@2',
    ],
    [
      'task: AzureCLI@2\n  inputs: { scriptType: pscore, scriptLocation: inlineScript, inlineScript: "$x = \'a\'\\naz webapp up -n $x" }',
      'exposes a',
      'AzureCLI@2 with PowerShell',
    ],
    [
      'task: AzureCLI@2\n  inputs: { scriptType: bash, scriptPath: deploy.sh }',
      '?',
      'a file that says that it deploys',
    ],
    ['task: AzureCLI@2\n  inputs: { scriptType: bash, scriptPath: build.sh }', '', 'a file that does not'],
    ['task: Bash@3\n  inputs: { targetType: inline, script: az webapp up -n a }', 'exposes a', 'Bash@3'],
    ['task: Bash@3\n  inputs: { filePath: $(where)/swap.sh }', '?', 'a file of Bash@3, its default'],
    ['task: PowerShell@2\n  inputs: { targetType: inline, script: az webapp up -n a }', 'exposes a', 'PowerShell@2'],
    [
      'task: AzurePowerShell@5\n  inputs: { ScriptType: InlineScript, Inline: Publish-AzWebApp -Name a }',
      'exposes a',
      'AzurePowerShell@5',
    ],
    ['task: CmdLine@2\n  inputs: { script: az webapp up -n a }', 'exposes a', 'CmdLine@2'],
    ['task: Bash@3\n  inputs: { targetType: $(type), script: az webapp up -n a }', '?', 'a type at run time'],
  ];
  for (const [step, expected, reason] of tasks) it(`reads ${reason}`, () => assert.equal(inTask(step), expected));

  it('ends on text that no shell would take', () => {
    for (const text of [
      '$('.repeat(20_000),
      '"'.repeat(50_001),
      '`'.repeat(50_001),
      '{('.repeat(30_000),
      '<<'.repeat(30_000),
      'a\\'.repeat(60_000),
    ])
      for (const step of ['bash', 'pwsh']) {
        deployed(step, text);
      }
  });
});

describe('any script', () => {
  const pieces = fc.constantFrom(
    'az webapp deploy -n a',
    '\n',
    ' ',
    '"',
    "'",
    '$(',
    ')',
    '`',
    '\\',
    '|',
    '&&',
    '||',
    ';',
    '{',
    '}',
    '<<EOF',
    '@"',
    '"@',
    '#',
    '$x',
    '${',
    'if',
    'fi',
    'x=1',
    '%A%',
    '^',
    '<#',
    '-n',
    '--',
    '=',
  );
  const script = fc
    .array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 40 })
    .map((parts) => parts.join(''));
  it('is read without an exception', () =>
    fc.assert(
      fc.property(script, fc.constantFrom('bash', 'pwsh', 'script'), (text, step) => {
        const { pipeline } = readPipeline(`steps:\n- ${step}: ${JSON.stringify(text)}`, 'p.yml');
        findTargets(pipeline!);
      }),
      { seed: 20261120, numRuns: 4000 },
    ));
});

function inTask(step: string, head = ''): string {
  const { pipeline, findings } = readPipeline(`${head}steps:\n- ${step}`, 'p.yml');
  assert.deepEqual(findings, []);
  const { targets } = findTargets(pipeline!);
  return targets.map(({ target }) => ('app' in target ? `${target.kind} ${target.app}` : '?')).join('; ');
}
