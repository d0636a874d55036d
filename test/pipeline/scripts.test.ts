import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readPipeline } from '../../src/pipeline/read-pipeline.ts';
import { findTargets } from '../../src/pipeline/targets.ts';
import { runs } from '../depth.ts';

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
/** What is said of a deployment that happens in a way on which nobody can rely. */
const doubted = (why: string, call = 'az webapp deploy'): string =>
  `0 appService exposes a in rg; ?? \`${call}\` cannot be relied on: ${why}`;
const GOES_ON = 'the script goes on after a failure of it: begin the script with `set -e`';
const TAKEN_CARE_OF = 'a failure is taken care of by the command behind `||`';
const HIDDEN =
  'the exit code of a later command hides a failure of it: add `if ($LASTEXITCODE) { exit $LASTEXITCODE }` behind it';
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
    [`${ZIP} "$APP" --slot staging`, '', 'a slot of an app that the run chooses, whose users see nothing of it'],
    [
      `${ZIP} "$APP" --slot production`,
      `? \`az webapp deploy\` names its app by '"$APP"', ${UNKNOWN}`,
      'production of an app that the run chooses',
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
    [
      'az webapp deployment slot swap -n pay -s $(chosen)',
      '0 appService exposes pay',
      'a swap with production, whichever slot comes',
    ],
    [
      'az webapp deployment slot swap -n pay -s $(chosen) --target-slot qa',
      `? \`az webapp deployment slot swap\` names its slot by '$(chosen)', ${UNKNOWN}`,
      'a swap of a slot that the run chooses with another slot',
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
    [
      `set -e\nfor a in x "y z"; do\n  b=$a-1\n  ${ZIP} $b\ndone`,
      '0 appService exposes x-1 in rg; 1 appService exposes y z-1 in rg',
      'a loop over words',
    ],
    [
      `set -e\nall="x y"\nfor a in $all; do for b in 1 2; do ${ZIP} $a$b; done; done\n${ZIP} $a`,
      '0 appService exposes x1 in rg; 1 appService exposes x2 in rg; 2 appService exposes y1 in rg; 3 appService exposes y2 in rg; 4 appService exposes y in rg',
      'loops inside of each other',
    ],
    [
      `for a in x y; do ${ZIP} $a; done`,
      '0 appService exposes x in rg; 1 appService exposes y in rg; ?? `az webapp deploy` cannot be relied on: the script goes on after a failure of it: begin the script with `set -e`',
      'a loop that goes on after a failure',
    ],
    ...(
      [
        ['azd deploy --no-prompt', '? `azd deploy` deploys the services of its azure.yaml'],
        ['azd provision', ''],
        [
          'dotnet ef database update --project a',
          '? `dotnet ef database update` deploys the schema of the database that its context names',
        ],
        ['dotnet test', ''],
        ['skaffold run', '? `skaffold run` deploys what its skaffold.yaml names'],
        ['pnpm --filter a deploy out', ''],
        ['./Wait-AzureDevOpsDeployment.ps1', ''],
        ['if [ -z $(APP_DEPLOY_TOKEN) ]; then echo no; fi', ''],
        ['taskctl deploy', "? 'deploy' is not read, and seems to deploy"],
      ] as const
    ).map(([script, found]): [string, string, string] => [script, found, `what ${script} does`]),
    ...[
      'for a in *; do @; done',
      'for a in $(ls); do @; done',
      'for a in $1; do @; done',
      'for a in x y; do if [ $a ]; then continue; fi; @; done',
      'while read a; do @; done',
    ].map((loop): [string, string, string] => [
      loop.replace('@', `${ZIP} $a`),
      `? \`az webapp deploy\` names its app by '$a', ${UNKNOWN}`,
      `a loop of which the words are not known: ${loop}`,
    ]),
    [
      `for a in x y; do ${ZIP} $a; done || true`,
      `? \`az webapp deploy\` names its app by '$a', ${UNKNOWN}`,
      'a loop whose end somebody asks for',
    ],
    [
      `go() {\n  ${ZIP} a\n}`,
      '0 appService exposes a in rg; ?? `az webapp deploy` cannot be relied on: it stands in a function of its script',
      'a function',
    ],
    [`set -e\nif x; then\n  set +e\nfi\n${ZIP} a\necho`, doubted(GOES_ON), 'set -e that a block may take back'],
    [`if x; then set -e; fi\n${ZIP} a\necho`, doubted(GOES_ON), 'set -e that only a block says'],
    [`(set -e; true)\n${ZIP} a\necho`, doubted(GOES_ON), 'set -e of a subshell'],
    [`( cd x && ${ZIP} a )`, '0 appService exposes a in rg', 'a subshell at the end'],
    [`set -e\n( ${ZIP} a )\necho`, '0 appService exposes a in rg', 'a subshell under set -e'],
    [`{ set -e; }\n${ZIP} a\necho`, '0 appService exposes a in rg', 'set -e of a group'],
    [`set -e\n( ${ZIP} a ) || true`, doubted(TAKEN_CARE_OF), 'a subshell whose failure is let pass'],
    [`set -e\n{ ${ZIP} a; } || true`, doubted(TAKEN_CARE_OF), 'a group whose failure is let pass'],
    [
      `set -e\n{ ${ZIP} a; echo; } || exit 1`,
      doubted(GOES_ON),
      'set -e, which has no effect in a group that is asked for its end',
    ],
    [`( ${ZIP} a ) &\nwait`, doubted('it runs in the background'), 'a subshell in the background'],
    [`cd x && ${ZIP} a &\nwait`, doubted('it runs in the background'), 'a chain in the background'],
    [
      `set -e\n{ ${ZIP} a; } | tee log`,
      doubted('only the last command of a pipe tells a failure: add `set -o pipefail`'),
      'a group in a pipe',
    ],
    [`${ZIP} a || { echo failed; exit 1; }\necho`, '0 appService exposes a in rg', 'a group that ends the script'],
    [`${ZIP} a || { echo failed; exit 0; }`, doubted(TAKEN_CARE_OF), 'a group that ends the script well'],
    [`${ZIP} a || { test x && exit 1; }`, doubted(TAKEN_CARE_OF), 'a group that may end the script'],
    [`${ZIP} a || ( exit 1 )\necho`, '0 appService exposes a in rg', 'a subshell behind ||'],
    [`${ZIP} a || false\necho`, doubted(TAKEN_CARE_OF), 'a failure that nobody asks for'],
    [`set -e\n${ZIP} a || false\necho`, '0 appService exposes a in rg', 'a failure that set -e asks for'],
    [`set -e\n${ZIP} a && echo || echo`, doubted(TAKEN_CARE_OF), 'a chain that ends with ||'],
    [`set -e\n! ${ZIP} a`, doubted('the `!` before it turns its outcome around'), 'an outcome turned around'],
    [
      `set -e\n[ -z "$X" ] && exit 0\n${ZIP} a`,
      doubted('the script may end before it without a failure, on line 2'),
      'an early end behind &&',
    ],
    [
      `if [ -z "$X" ]; then\n  echo none\n  exit\nfi\n${ZIP} a`,
      doubted('the script may end before it without a failure, on line 3'),
      'an early end in a block',
    ],
    [
      `set -e\necho "\${X:-\n}"\n[ -z "$Y" ] && exit 0\n${ZIP} a`,
      doubted('the script may end before it without a failure, on line 4'),
      'an early end below an expansion of two lines',
    ],
    [
      `[ -f x ] || exit\n( exit 0 )\n${ZIP} a`,
      '0 appService exposes a in rg',
      'an early end with a failure, and one of a subshell',
    ],
    [
      `trap 'rm x; exit 0' EXIT\n${ZIP} a`,
      doubted('the trap on line 1 ends the script without a failure'),
      'a trap that forgets the failure',
    ],
    [
      `tidy() {\n  rm x\n  exit 0\n}\ntrap tidy ERR\n${ZIP} a`,
      doubted('the script may end before it without a failure, on line 3'),
      'a function that ends the script well, as a trap does',
    ],
    [`trap 'rm x' EXIT\n${ZIP} a`, '0 appService exposes a in rg', 'a trap that only tidies up'],
    [
      `set -e\n${ZIP} a --async true`,
      doubted('with --async it does not wait for its own end'),
      'a call that does not wait',
    ],
    [`${ZIP} a --async false`, '0 appService exposes a in rg', 'a call that says that it waits'],
    [
      'args=(--slot next)\naz webapp deploy -g rg -n a --slot production',
      '0 appService exposes a in rg',
      'a list, which is no function',
    ],
    [
      `function go() {\n  { x; } || y\n}\n${ZIP} a`,
      '0 appService exposes a in rg',
      'a function of both forms, with a group in it',
    ],
    [`function go {\n  x\n}\n${ZIP} a`, '0 appService exposes a in rg', 'a function of the other form'],
    [`case $x in\n  (a|b) y ;;\n  c) z ;;\nesac\n${ZIP} a`, '0 appService exposes a in rg', 'patterns of a case'],
    [
      'bash -c "az webapp deploy -n pay"',
      '? `bash` is given a text that deploys, and that is not read: call it directly',
      'bash -c',
    ],
    [
      'ssh box "kubectl apply -f $X"',
      '? `ssh` is given a text that deploys, and that is not read: call it directly',
      'ssh',
    ],
    [
      "bash <<'EOF'\naz webapp deploy -n pay\nEOF",
      '? `bash` is given a text that deploys, and that is not read: call it directly',
      'a here-document that is run',
    ],
    ['git commit -m "az webapp deploy -n pay"', '', 'text of a program that runs none'],
    ['notify "az webapp show -n pay"', '', 'text with a call that looks'],
    [
      'curl -u $USER --data-binary @a.zip https://pay.scm.azurewebsites.net/api/zipdeploy',
      '? a release is sent to an app over HTTP',
      'the HTTP way into an app',
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
      'Switch-AzWebAppSlot -SourceSlotName $env:CHOSEN -Name pay',
      '0 appService exposes pay',
      'Switch-AzWebAppSlot with production, whichever slot comes',
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
    [
      'az webapp deploy -n a\n$n = 0\n$m = "done"\n"that was it"\n$t = $m',
      '0 appService exposes a',
      'values behind it',
    ],
    [`${ZIP} a\n$r = & "C:/az.cmd" x`, doubted(HIDDEN), 'a program in quotes behind it'],
    [`& 'C:/az.cmd' webapp deploy -g rg -n a\naz x`, doubted(HIDDEN), 'a program in quotes'],
    ['az webapp deploy -n a\nWrite-Host done', '0 appService exposes a', 'a cmdlet behind it'],
    [`$r = ${ZIP} a\n$s = az account show`, doubted(HIDDEN), 'values that are kept'],
    [`${ZIP} a\nexit 0`, doubted(HIDDEN), 'an end without a failure'],
    [`${ZIP} a\n$global:LASTEXITCODE = 0`, doubted(HIDDEN), 'an exit code that is taken back'],
    [`${ZIP} a\nif ($LASTEXITCODE -ne 0) { Write-Warning no }\naz x`, doubted(HIDDEN), 'a check without consequences'],
    [`${ZIP} a\nif (-not $?) {\n  throw 'no'\n}\naz x`, '0 appService exposes a in rg', 'a check of another form'],
    [
      `${ZIP} a\nif ($LASTEXITCODE -eq 0) { az x } else { exit 1 }`,
      '0 appService exposes a in rg',
      'a check with else',
    ],
    [
      `$PSNativeCommandUseErrorActionPreference = $true\n${ZIP} a\naz x`,
      '0 appService exposes a in rg',
      'the preference of PowerShell 7.4',
    ],
    [
      `# $PSNativeCommandUseErrorActionPreference = $true\n${ZIP} a\naz x`,
      doubted(HIDDEN),
      'a preference in a comment',
    ],
    [
      `if ($env:X) { return }\n${ZIP} a`,
      doubted('the script may end before it without a failure, on line 1'),
      'an early end',
    ],
    [
      `function F($x) { return 1 }\n1 | ForEach-Object { return }\n${ZIP} a`,
      '0 appService exposes a in rg',
      'what a function gives back',
    ],
    [`${ZIP} a &`, doubted('it runs in the background'), 'the background'],
    [
      'Publish-AzWebApp -ResourceGroupName rg -Name a -EA SilentlyContinue',
      doubted('-ErrorAction SilentlyContinue lets the script go on', 'publish-azwebapp'),
      'an error that is passed over',
    ],
    [
      "$ErrorActionPreference = 'Continue'\nPublish-AzWebApp -ResourceGroupName rg -Name a",
      doubted('the script goes on after an error: set `$ErrorActionPreference` to stop', 'publish-azwebapp'),
      'errors that are passed over',
    ],
    [
      'trap { continue }\nPublish-AzWebApp -ResourceGroupName rg -Name a',
      doubted('a trap of the script takes care of an error', 'publish-azwebapp'),
      'a trap',
    ],
    [
      'Publish-AzWebApp -ResourceGroupName rg -Name a -AsJob',
      doubted('with -AsJob it does not wait for its own end', 'publish-azwebapp'),
      'a job',
    ],
    [
      'Invoke-Expression "az webapp deploy -n pay"',
      '? `invoke-expression` is given a text that deploys, and that is not read: call it directly',
      'a text that is run',
    ],
    ['$r = (az webapp deploy -n pay)', '0 appService exposes pay', 'a call in brackets'],
    ["az webapp deploy -n 'pay", '? a quote is not closed', 'a quote that is not closed'],
  ];
  for (const step of ['pwsh', 'powershell'])
    for (const [script, expected, reason] of powershell)
      it(`${step}: ${reason}`, () => assert.equal(deployed(step, script), expected));

  const told: [string, string][] = [
    ['pwsh: az webapp deploy -n a\n  ignoreLASTEXITCODE: true', 'the step ignores the exit code of a program'],
    ['pwsh: Publish-AzWebApp -Name a\n  errorActionPreference: continue', 'the script goes on after an error'],
    [
      'task: AzureCLI@2\n  inputs: { scriptType: ps, scriptLocation: inlineScript, inlineScript: az webapp up -n a, powerShellIgnoreLASTEXITCODE: $(x) }',
      'the step ignores the exit code of a program',
    ],
    [
      'task: AzurePowerShell@5\n  inputs: { ScriptType: InlineScript, Inline: Publish-AzWebApp -Name a, errorActionPreference: silentlyContinue }',
      'the script goes on after an error',
    ],
  ];
  for (const [step, expected] of told)
    it(`knows what the step says of errors: ${step.split('\n')[0]}`, () => {
      const read = (text: string): string[] =>
        findTargets(readPipeline(`steps:\n- ${text}`, 'p.yml').pipeline!).unresolved.map(({ what }) => what);
      assert.match(read(step).join(), new RegExp(`cannot be relied on: ${expected}`));
      const silent = step.replace(
        /(ignoreLASTEXITCODE|powerShellIgnoreLASTEXITCODE|errorActionPreference): [^ \n}]+/,
        '$1: ""',
      );
      assert.deepEqual(read(silent), []);
    });

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
      'if x;\n'.repeat(33_000),
      'x && '.repeat(39_000),
      'f() {\n'.repeat(33_000),
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
      { seed: 20261120, numRuns: runs(4000) },
    ));
});

function inTask(step: string, head = ''): string {
  const { pipeline, findings } = readPipeline(`${head}steps:\n- ${step}`, 'p.yml');
  assert.deepEqual(findings, []);
  const { targets } = findTargets(pipeline!);
  return targets.map(({ target }) => ('app' in target ? `${target.kind} ${target.app}` : '?')).join('; ');
}
