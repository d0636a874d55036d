import type { Place, Platform, Target } from '../target.ts';
import { isProduction, slotTarget, swapTarget } from '../target.ts';
import { Arguments } from './arguments.ts';
import type { Word } from './command.ts';

/** What a call deploys; a sentence when that cannot be told; undefined when it deploys nothing. */
export type Called = Target | string | undefined;

/** Words behind `az` and before the first option, and what they do. */
type ReadCall = (args: Arguments, call: string) => Called;

const GROUP = ['--resource-group', '-g'];

/** The calls of the Azure CLI that bring a release (its reference). What is not here reads, or changes settings. */
const AZ: ReadonlyMap<string, ReadCall> = new Map<string, ReadCall>([
  ...['webapp', 'functionapp'].flatMap((group): [string, ReadCall][] => [
    [`${group} deploy`, intoSlot('appService')],
    [`${group} deployment source config-zip`, intoSlot('appService')],
    [`${group} config container set`, intoSlot('appService')],
    [`${group} deployment slot swap`, swap],
    [`${group} traffic-routing set`, exposed('appService')],
  ]),
  ['webapp up', intoSlot('appService')],
  ['webapp deployment container config', intoSlot('appService')],
  ['webapp traffic-routing set', exposed('appService')],
  ['containerapp create', exposed('containerApp')],
  ['containerapp update', exposed('containerApp')],
  ['containerapp up', exposed('containerApp')],
  ['containerapp revision copy', exposed('containerApp')],
  ['containerapp revision activate', exposed('containerApp')],
  ['containerapp ingress traffic set', exposed('containerApp')],
  ['containerapp compose create', () => 'the apps of a compose file'],
  ['staticwebapp create', exposed('staticWebApp')],
]);

/** `az ...` without the `az`. */
export function azCall(words: readonly Word[]): Called {
  const first = words.findIndex(({ text, written }) => (text ?? written).startsWith('-'));
  const verbs = first === -1 ? words : words.slice(0, first);
  const said = verbs.map(({ text }) => text?.toLowerCase() ?? '$').join(' ');
  const read = [...AZ.keys()].find((call) => said === call || said.startsWith(`${call} `));
  if (read !== undefined)
    return AZ.get(read)!(new Arguments(words.slice(read.split(' ').length), AZ_FLAGS), `az ${read}`);
  return couldDeploy(said) ? `a call of az whose words are known only at run time` : undefined;
}

/** Whether words that are not known (`$`) may complete a call that brings a release. */
function couldDeploy(said: string): boolean {
  const unknown = said.indexOf('$');
  if (unknown === -1) return false;
  const known = said.slice(0, unknown);
  // With nothing known in front it may be anything, which most such calls are.
  if (known === '') return /deploy|swap|up\b|\$ \$/.test(said);
  return [...AZ.keys()].some((call) => call.startsWith(known));
}

const AZ_FLAGS = new Set([
  '--debug',
  '--verbose',
  '--only-show-errors',
  '--no-wait',
  '--html',
  '--logs',
  '--dryrun',
  '--preserve-vnet',
]);

/** The app of a call, or a sentence. `az` finds the app by its id as well. */
function placeOf(args: Arguments, platform: Platform, call: string): Place | string {
  const name = args.option('--name', '-n');
  if (name?.text === undefined || name.text === '') {
    const byId = name === undefined ? args.option('--ids')?.written : undefined;
    const why = (written: string): string =>
      `\`${call}\` names its app by '${written}', which is known only at run time`;
    if (byId !== undefined && byId !== '') return why(byId);
    if (name === undefined || name.written === '') return `\`${call}\` does not say which app`;
    return { ...placeNamed(args, platform, name.written.replace(/^(["'])(.*)\1$/, '$2')), named: why(name.written) };
  }
  return placeNamed(args, platform, name.text);
}

function placeNamed(args: Arguments, platform: Platform, app: string): Place {
  const resourceGroup = args.option(...GROUP)?.text;
  return { platform, app, resourceGroup, connection: undefined, server: undefined };
}

function intoSlot(platform: Platform): ReadCall {
  return (args, call) => {
    if (args.has('--dryrun')) return undefined;
    const place = placeOf(args, platform, call);
    const slot = args.option('--slot', '-s');
    // Whichever app it is, its users see nothing of what a slot of another name gets.
    if (typeof place === 'string') return slot?.text === undefined || isProduction(slot.text) ? place : undefined;
    if (slot === undefined) return args.anyUnknown ? unknownOptions(call) : { kind: 'exposes', ...place };
    if (slot.text === undefined) return unknownSlot(call, slot);
    return slotTarget(place, slot.text);
  };
}

/** `--action preview` prepares a swap and `reset` takes that back; the target is production by default. */
function swap(args: Arguments, call: string): Called {
  const action = args.option('--action');
  if (action !== undefined && action.text === undefined) return unknownOptions(call);
  if (action?.text === 'preview' || action?.text === 'reset') return undefined;
  const place = placeOf(args, 'appService', call);
  const source = args.option('--slot', '-s');
  const target = args.option('--target-slot');
  if (typeof place === 'string') return place;
  if (source === undefined) return `\`${call}\` names no slot`;
  if (target !== undefined && target.text === undefined) return unknownSlot(call, target);
  if (target === undefined && args.anyUnknown) return unknownOptions(call);
  const swapped = swapTarget(place, source.text ?? '', target?.text ?? 'production');
  // Whichever slot comes, production gets it.
  return source.text === undefined && swapped.kind !== 'exposes' ? unknownSlot(call, source) : swapped;
}

function exposed(platform: Platform): ReadCall {
  return (args, call) => {
    const place = placeOf(args, platform, call);
    return typeof place === 'string' ? place : { kind: 'exposes', ...place };
  };
}

function unknownSlot(call: string, { written }: Word): string {
  return `\`${call}\` names its slot by '${written}', which is known only at run time`;
}

function unknownOptions(call: string): string {
  return `\`${call}\` has options that are known only at run time`;
}

/** `func azure functionapp publish NAME [--slot SLOT]` (Azure Functions Core Tools). */
export function funcCall(words: readonly Word[]): Called {
  const said = words.slice(0, 3).map(({ text }) => text?.toLowerCase());
  if (said.join(' ') !== 'azure functionapp publish') return undefined;
  const call = 'func azure functionapp publish';
  const args = new Arguments(words.slice(3), FUNC_FLAGS);
  const [name] = args.positional;
  if (name?.text === undefined)
    return name === undefined
      ? `\`${call}\` does not say which app`
      : `\`${call}\` names its app by '${name.written}', which is known only at run time`;
  const place = {
    platform: 'appService' as const,
    app: name.text,
    resourceGroup: undefined,
    connection: undefined,
    server: undefined,
  };
  const slot = args.option('--slot');
  if (slot !== undefined && slot.text === undefined) return unknownSlot(call, slot);
  if (slot === undefined && args.anyUnknown) return unknownOptions(call);
  return slotTarget(place, slot?.text ?? 'production');
}

const FUNC_FLAGS = new Set(
  [
    'publish-local-settings',
    'publish-settings-only',
    'overwrite-settings',
    'nozip',
    'force',
    'no-build',
    'build-native-deps',
    'list-ignored-files',
    'list-included-files',
    'no-bundler',
    'csharp',
    'javascript',
    'typescript',
    'python',
    'java',
    'powershell',
    'node',
    'dotnet',
    'custom',
    'dotnet-isolated',
  ].flatMap((name) => [`--${name}`]),
)
  .add('-i')
  .add('-o')
  .add('-y');

/** `swa deploy` (its reference): a preview unless `--env production`; without a name the token alone tells the app. */
export function swaCall(words: readonly Word[]): Called {
  if (words[0]?.text !== 'deploy') return undefined;
  const args = new Arguments(
    words.slice(1),
    new Set(['--dry-run', '--no-use-keychain', '--use-keychain', '--clear-credentials']),
  );
  if (args.has('--dry-run', '-dr')) return undefined;
  const environment = args.option('--env');
  if (environment !== undefined && environment.text === undefined)
    return '`swa deploy` names its environment by a value that is known only at run time';
  if (environment?.text?.toLowerCase() !== 'production')
    return args.anyUnknown ? unknownOptions('swa deploy') : undefined;
  const name = args.option('--app-name', '-n');
  if (name?.text === undefined || name.text === '') return '`swa deploy` tells its app by a token only';
  const resourceGroup = args.option('--resource-group', '-r')?.text;
  return {
    kind: 'exposes',
    platform: 'staticWebApp',
    app: name.text,
    resourceGroup,
    connection: undefined,
    server: undefined,
  };
}
