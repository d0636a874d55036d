import { Arguments } from './arguments.ts';
import type { Called } from './azure-calls.ts';
import type { Word } from './command.ts';

function inCluster(app: string): Called {
  return {
    kind: 'exposes',
    platform: 'kubernetes',
    app,
    resourceGroup: undefined,
    connection: undefined,
    server: undefined,
  };
}

const KUBECTL_FLAGS = new Set(['--all', '--record', '--force', '--prune', '--wait', '--server-side', '--local', '-r']);
const WORKLOADS = /^(?:deploy(?:ment)?s?|statefulsets?|sts|daemonsets?|ds)(?:\.apps)?$/i;

/** `kubectl` (its reference): `apply`, `create` and `replace` bring what their files hold, `set image` and `patch` name it. */
export function kubectlCall(words: readonly Word[]): Called {
  const args = new Arguments(words, KUBECTL_FLAGS);
  const dryRun = args.option('--dry-run');
  if (dryRun !== undefined && dryRun.text !== 'none' && dryRun.text !== 'false') return undefined;
  const [verb, ...rest] = args.positional.map(({ text }) => text);
  if (verb === undefined)
    return args.positional.length > 0 ? 'a call of kubectl whose words are known only at run time' : undefined;
  if (
    verb === 'apply' ||
    verb === 'replace' ||
    (verb === 'create' && args.has('-f', '--filename', '-k', '--kustomize'))
  )
    return `\`kubectl ${verb}\` deploys what its files hold`;
  if (verb === 'set' && rest[0] === 'image') return workload(rest.slice(1), 'kubectl set image');
  if (verb === 'patch')
    return WORKLOADS.test(rest[0]?.split('/')[0] ?? '') ? workload(rest, 'kubectl patch') : undefined;
  return undefined;
}

/** `deployment/payments`, or `deployment payments`. */
function workload([first, second]: readonly (string | undefined)[], call: string): Called {
  const [kind, name] = first?.split('/') ?? [];
  const found = name ?? (WORKLOADS.test(kind ?? '') ? second : undefined);
  return found === undefined
    ? `\`${call}\` names its workload by a value that is known only at run time`
    : inCluster(found);
}

/** Options of helm without a value (`helm upgrade --help`); every other one takes the next word. */
const HELM_FLAGS = new Set(
  (
    '--install -i --atomic --wait --wait-for-jobs --force --debug --dry-run --devel --reuse-values --reset-values ' +
    '--reset-then-reuse-values --create-namespace --cleanup-on-fail --no-hooks --skip-crds --verify --dependency-update ' +
    '--render-subchart-notes --disable-openapi-validation --hide-notes --hide-secret --insecure-skip-tls-verify ' +
    '--pass-credentials --plain-http --take-ownership --enable-dns --replace --generate-name -g --rollback-on-failure'
  ).split(' '),
);

/** `helm upgrade [--install] RELEASE CHART`, `helm install RELEASE CHART`. */
export function helmCall(words: readonly Word[]): Called {
  const args = new Arguments(words, HELM_FLAGS);
  const [verb, release] = args.positional;
  if (verb?.text !== 'upgrade' && verb?.text !== 'install') return undefined;
  const dryRun = args.option('--dry-run');
  if (dryRun !== undefined && dryRun.text !== 'none' && dryRun.text !== 'false') return undefined;
  const call = `helm ${verb.text}`;
  if (args.has('--generate-name', '-g')) return `\`${call}\` makes up a name for its release`;
  if (release?.text !== undefined) return inCluster(release.text);
  return release === undefined
    ? `\`${call}\` names no release`
    : `\`${call}\` names its release by '${release.written}', which is known only at run time`;
}
