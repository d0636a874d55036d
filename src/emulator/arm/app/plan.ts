import { isDeepStrictEqual } from 'node:util';
import { stringAt } from '../../json/json.ts';
import { withoutSuffix } from './document.ts';
import { invalidRevisionName, suffixInUse } from './errors.ts';
import { findRevision, madeUpSuffix, type AppDocument, type ContainerApp } from '../../state/container-app.ts';

/** Of the whole name of a revision, the two hyphens included: users have counted them. */
const LONGEST_NAME = 54;

/** The name of the revision that a change makes; undefined when it makes none. */
export function newRevisionName(
  app: Pick<ContainerApp, 'name' | 'revisions' | 'latestRevisionName'>,
  { template }: Pick<AppDocument, 'template'>,
): string | undefined {
  const suffix = stringAt(template, 'revisionSuffix') ?? '';
  const wanted = withoutSuffix(template);
  if (suffix === '') {
    const latest = app.revisions.find((one) => one.name === app.latestRevisionName);
    const same = latest !== undefined && isDeepStrictEqual(wanted, latest.template);
    return same ? undefined : `${app.name}--${madeUpSuffix()}`;
  }
  const name = `${app.name}--${suffix}`;
  const fits = /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(suffix) && !suffix.includes('--') && name.length <= LONGEST_NAME;
  if (!fits) throw invalidRevisionName(suffix);
  const existing = findRevision(app, name);
  if (existing === undefined) return name;
  // The same once more is taken without a word, and wakes no revision that is inactive (azure-container-apps#650).
  if (isDeepStrictEqual(wanted, existing.template)) return undefined;
  throw suffixInUse(suffix);
}
