import { Arguments } from './arguments.ts';
import type { Called } from './azure-calls.ts';
import type { Word } from './command.ts';

/** Programs that bring releases or change schemas, and tell in files of their own what and where (their references). */
const OTHERS: ReadonlyMap<string, readonly (readonly [verbs: string, what: string])[]> = new Map([
  [
    'azd',
    [
      ['deploy', 'the services of its azure.yaml'],
      ['up', 'the services of its azure.yaml'],
    ],
  ],
  [
    'skaffold',
    [
      ['run', 'what its skaffold.yaml names'],
      ['deploy', 'what its skaffold.yaml names'],
    ],
  ],
  [
    'helmfile',
    [
      ['apply', 'the releases of its helmfile'],
      ['sync', 'the releases of its helmfile'],
    ],
  ],
  ['argocd', [['app sync', 'an application of Argo CD']]],
  ['dotnet', [['ef database update', 'the schema of the database that its context names']]],
  ['flyway', [['migrate', 'the schema of the database that its settings name']]],
  ['liquibase', [['update', 'the schema of the database that its settings name']]],
]);

export const OTHER_PROGRAMS: readonly string[] = [...OTHERS.keys()];

/** What a call of one of them deploys, in words. */
export function otherCall(program: string): (words: readonly Word[]) => Called {
  const calls = OTHERS.get(program) ?? [];
  return (words) => {
    const said = new Arguments(words).positional.map(({ text }) => text?.toLowerCase() ?? '$').join(' ');
    const found = calls.find(([verbs]) => said === verbs || said.startsWith(`${verbs} `));
    return found === undefined ? undefined : `\`${program} ${found[0]}\` deploys ${found[1]}`;
  };
}
