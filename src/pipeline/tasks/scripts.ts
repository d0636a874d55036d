import { excerpt } from '../../yaml/node.ts';
import type { Step } from '../model.ts';
import { asksOnly, readCall } from '../script/calls.ts';
import type { Lookup, Script } from '../script/command.ts';
import { readPowerShell, type Ends } from '../script/read-powershell.ts';
import { readShell } from '../script/read-shell.ts';
import { expandMacros, type StepInputs } from '../step-inputs.ts';
import { namedByRun, type Found, type ReadTask } from '../target.ts';
import { CONNECTION } from './app-service.ts';

type Shell = 'shell' | 'powershell';
type ReadScript = (inputs: StepInputs, step: Step, task: string, environment: Lookup) => readonly Found[];

/** Text that could deploy, in a script that cannot be taken apart. */
const COULD_DEPLOY =
  /\baz(?:\.cmd)?\s+(?:webapp|functionapp|containerapp|staticwebapp)\b|\bfunc\s+azure\b|\bswa\s+deploy\b|\bkubectl\s+(?:apply|set|replace|create|patch)\b|\bhelm\s+(?:upgrade|install)\b|\bazd\s+(?:deploy|up)\b|Publish-AzWebApp|Switch-AzWebAppSlot/i;
const FILE_DEPLOYS = /deploy|swap|rollout|release/i;

/** A `script`, `bash`, `pwsh` or `powershell` step, or the task that the service makes of it (documented). */
export const cmdLineScript: ReadScript = (inputs, _step, task, environment) =>
  inline(inputs, task, 'script', 'shell', environment);

/** Bash@3: a file by default; `script` when `targetType` is inline. */
export const bashScript: ReadScript = (inputs, step, task, environment) =>
  byType(inputs, step, task, { type: ['targetType'], file: ['filePath'], script: 'script' }, 'shell', environment);

/** PowerShell@2: a file by default; `script` when `targetType` is inline. */
export const powerShellScript: ReadScript = (inputs, step, task, environment) =>
  byType(inputs, step, task, { type: ['targetType'], file: ['filePath'], script: 'script' }, 'powershell', environment);

/** AzurePowerShell: a file by default; `Inline` when `ScriptType` is InlineScript. */
export const azurePowerShellScript: ReadScript = (inputs, step, task, environment) =>
  byType(
    inputs,
    step,
    task,
    { type: ['ScriptType'], file: ['ScriptPath'], script: 'Inline' },
    'powershell',
    environment,
  );

/** AzureCLI@2: `scriptType` names the shell, `scriptLocation` is `scriptPath` by default; @1 always has a shell script. */
export const azureCliScript: ReadScript = (inputs, step, task, environment) => {
  const type = inputs.text(['scriptType'], 'bash')?.toLowerCase();
  if (type === undefined) return [];
  const shell = type === 'ps' || type === 'pscore' ? 'powershell' : 'shell';
  const names = { type: ['scriptLocation'], file: ['scriptPath'], script: 'inlineScript' };
  return byType(inputs, step, task, names, shell, environment);
};

interface ScriptInputs {
  readonly type: readonly string[];
  readonly file: readonly string[];
  readonly script: string;
}

/** How a PowerShell step ends, by the inputs of PowerShell@2, AzurePowerShell and AzureCLI@2 (their task.json). */
function endsOf(inputs: StepInputs): Ends {
  const preference = inputs.said(['errorActionPreference', 'powerShellErrorActionPreference'])?.toLowerCase() ?? 'stop';
  const ignores = inputs.said(['ignoreLASTEXITCODE', 'powerShellIgnoreLASTEXITCODE'])?.toLowerCase() ?? 'false';
  return { stopsOnError: preference === 'stop', readsExitCode: ignores === 'false' };
}

function byType(
  inputs: StepInputs,
  step: Step,
  task: string,
  names: ScriptInputs,
  shell: Shell,
  environment: Lookup,
): readonly Found[] {
  const type = inputs.text(names.type, 'file')?.toLowerCase();
  if (type === undefined) return [];
  if (type.startsWith('inline')) return inline(inputs, task, names.script, shell, environment);
  const file = inputs.hint(names.file) ?? inputs.script(names.file[0]!)?.text ?? '';
  if (FILE_DEPLOYS.test(file) && !asksOnly(file))
    inputs.cannotJudge(step, `the script '${excerpt(file)}' of ${task} is not read, and seems to deploy`);
  return [];
}

/** Every call in a script that deploys is a target of its own, in the order of the text. */
function inline(inputs: StepInputs, task: string, input: string, shell: Shell, environment: Lookup): readonly Found[] {
  const given = inputs.script(input);
  // Absent, or under an expression that nobody can decide: reading it as text says which.
  if (given === undefined) inputs.text([input], '');
  if (given === undefined) return [];
  const { text } = given;
  const script: Script =
    shell === 'shell' ? readShell(text, environment) : readPowerShell(text, environment, endsOf(inputs));
  if ('unreadable' in script) {
    if (COULD_DEPLOY.test(text)) inputs.cannotJudge(given, `a script of ${task} cannot be read: ${script.unreadable}`);
    return [];
  }
  const connection = inputs.hint(CONNECTION);
  return script.commands.flatMap((command): Found[] => {
    const found = readCall(command);
    if (found === undefined) return [];
    const { call, called, unseen } = found;
    const say = (why: string): string => `${task}, line ${command.line + 1} of its script: ${why}`;
    const why = command.guard ?? command.masked ?? unseen;
    const doubts = why === undefined ? [] : [{ ...at(given), what: say(`\`${call}\` cannot be relied on: ${why}`) }];
    if (typeof called === 'string')
      return [{ call, target: { kind: 'unknown', reasons: [{ ...at(given), what: say(called) }], doubts } }];
    if ('named' in called && called.named !== undefined) {
      const { named, ...place } = called;
      const target = namedByRun({ ...place, connection }, { ...at(given), what: say(named) }, doubts);
      return target === undefined ? [] : [{ call, target }];
    }
    // An upload that may not happen leaves the slot as it was; that is for the gate of the swap to notice.
    if (called.kind === 'exposes') inputs.doubts.push(...doubts);
    const target = called.kind === 'exposes' || called.kind === 'uploads' ? { ...called, connection } : called;
    return [{ call, target }];
  });
}

function at({ file, line, column }: { file: string; line: number; column: number }) {
  return { file, line, column };
}

/** A script task among the others: what its shell knows of the environment is what the step and the pipeline define. */
export function withEnvironment(read: ReadScript, pipeline: Lookup): ReadTask {
  return (inputs, step, task) => {
    const environment: Lookup = (name) => {
      const own = [...step.env].find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
      if (own === undefined) return pipeline(name);
      const value = expandMacros(own.text, inputs.known);
      return /\$[([]|\$\{\{/.test(value) ? undefined : value;
    };
    return read(inputs, step, task, environment);
  };
}
