import { slotTarget, swapTarget } from '../target.ts';
import { Arguments } from './arguments.ts';
import type { Called } from './azure-calls.ts';
import type { Word } from './command.ts';

const FLAGS = new Set(['-force', '-asjob', '-verbose', '-restart', '-async', '-clean', '-preservevnet']);

/**
 * The cmdlets of Azure PowerShell that bring a release (their reference): `Publish-AzWebApp`, `Switch-AzWebAppSlot`, and
 * `Update-AzContainerApp`. PowerShell takes any unique beginning of a parameter's name; only whole names are read here.
 */
export function azurePowerShellCall(cmdlet: string, rest: readonly Word[]): Called {
  const args = new Arguments(rest, FLAGS);
  const name = args.option('-name', '-appname', '-functionappname', '-webappname');
  const place = (platform: 'appService' | 'containerApp') => ({
    platform,
    app: name?.text ?? '',
    resourceGroup: args.option('-resourcegroupname')?.text,
    connection: undefined,
    server: undefined,
  });
  const known = { 'publish-azwebapp': 1, 'switch-azwebappslot': 2, 'update-azcontainerapp': 3 }[cmdlet];
  if (known === undefined) return undefined;
  if (name?.text === undefined || name.text === '')
    return `\`${cmdlet}\` names its app by ${name === undefined ? 'no parameter that is read' : `'${name.written}', which is known only at run time`}`;
  if (known === 3) return { kind: 'exposes', ...place('containerApp') };
  if (known === 1) {
    const slot = args.option('-slot');
    if (slot !== undefined && slot.text === undefined)
      return `\`${cmdlet}\` names its slot by '${slot.written}', which is known only at run time`;
    return args.anyUnknown && slot === undefined
      ? `\`${cmdlet}\` has parameters that are known only at run time`
      : slotTarget(place('appService'), slot?.text ?? 'production');
  }
  const source = args.option('-sourceslotname');
  const target = args.option('-destinationslotname');
  const swapped = swapTarget(place('appService'), source?.text ?? '', target?.text ?? 'production');
  // Whichever slot comes, production gets it.
  const open = source?.text === undefined && (source === undefined || swapped.kind !== 'exposes');
  if (open || (target !== undefined && target.text === undefined))
    return `\`${cmdlet}\` names its slots by values that are known only at run time`;
  const action = args.option('-swapwithpreviewaction')?.text?.toLowerCase();
  if (action === 'applyslotconfig' || action === 'resetslotswap') return undefined;
  return swapped;
}
