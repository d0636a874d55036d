/**
 * The settings of a swap that stands for itself, and the inputs of the task that it takes the place of.
 * Long because it is a flat list: a setting is a line and its help, and each is found under its name.
 */
import {
  armConnection,
  boolean,
  duration,
  fail,
  int,
  list,
  oneOf,
  pass,
  path,
  setting,
  text,
} from '../../settings/kinds.ts';
import {
  declare,
  optional,
  withDefault,
  type Description,
  type Setting,
  type Settings,
} from '../../settings/setting.ts';
import { parseJsonPath } from '../../probe/json-path.ts';
import { HEADER_NAME, HEADER_VALUE } from '../../catalogue/read-probe.ts';
import { ADVANCED, promotionSettings, recordSettings, RESOURCE_GROUP } from '../promotion/promotion.settings.ts';

const APP = {
  matches: /^[a-z\d](?:[a-z\d-]{0,58}[a-z\d])?$/i,
  rule: 'must be an app name: letters, digits and hyphens',
};
const SLOT = {
  matches: /^[a-z\d](?:[a-z\d-]{0,57}[a-z\d])?$/i,
  rule: 'must be a slot name: letters, digits and hyphens. What the portal shows as `app(staging)`, and a host such as `app-staging.azurewebsites.net`, is slot `staging`',
};
const PATH = { matches: /^\/(?!\/)[^\s#\\]*$/, rule: 'must be a path that starts with one /' };

const slots = {
  dataSource: 'AzureRMWebAppSlotsId',
  from: { WebAppName: 'appName', ResourceGroupName: 'resourceGroupName' },
  item: 'slotId',
} as const;

/** Which app and slots, and what to do with them. The aliases are the input names of AzureAppServiceManage. */
const target = {
  azureSubscription: armConnection({
    label: 'Azure subscription',
    help: 'The Azure Resource Manager service connection to swap with. It needs to read the app and to swap its slots; no publishing credentials.',
    aliases: ['ConnectedServiceName'],
  }),
  action: withDefault(
    oneOf(['swap', 'preview', 'complete', 'cancel'], {
      label: 'Action',
      help: '`swap` exchanges the two slots once, between a health gate and a verification. `preview` applies the settings of the target to the source slot and judges it under them, `complete` finishes such a swap, `cancel` takes the settings back.',
      aliases: ['Action'],
      synonyms: {
        'Swap Slots': 'swap',
        'Start Swap With Preview': 'preview',
        'Complete Swap': 'complete',
        'Cancel Swap': 'cancel',
      },
    }),
    'swap',
  ),
  appName: text({
    label: 'App Service name',
    help: 'The web app or function app whose slots are swapped.',
    aliases: ['WebAppName'],
    pattern: APP,
    pick: { dataSource: 'AzureRMWebAppNames', from: {}, item: 'value' },
  }),
  resourceGroupName: text({
    label: 'Resource group',
    help: 'The resource group that the app is in.',
    aliases: ['ResourceGroupName'],
    pattern: RESOURCE_GROUP,
    pick: { dataSource: 'AzureRMWebAppResourceGroup', from: { WebAppName: 'appName' }, item: 'value' },
  }),
  sourceSlot: withDefault(
    text({
      label: 'Source slot',
      help: 'The slot that holds the new release. Users see production, whichever slot is named first: where it is named here, the release in the other slot is the one that is judged and goes to production.',
      aliases: ['SourceSlot'],
      pattern: SLOT,
      pick: slots,
    }),
    'staging',
  ),
  targetSlot: withDefault(
    text({
      label: 'Target slot',
      help: 'The slot that is to get the new release.',
      aliases: ['TargetSlot'],
      pattern: SLOT,
      pick: slots,
    }),
    'production',
  ),
};

const health = {
  healthPath: withDefault(
    text({
      label: 'Health path',
      help: 'Path that tells the health of the app. It is asked on the source slot before the swap and on the target slot after it.',
      pattern: PATH,
    }),
    '/',
  ),
  expectedVersion: optional(
    text({
      label: 'Expected version',
      help: 'Version that the source slot must report before the swap and the target slot after it.',
    }),
  ),
  versionPath: optional(
    text({
      label: 'Version path',
      help: 'Path that tells the version of the app. Without it a version is expected from the health path.',
      group: 'health',
      pattern: PATH,
    }),
  ),
  versionJson: optional(
    setting<string>(
      'text',
      {
        label: 'Version in JSON',
        help: 'Where in a JSON answer the version stands, such as `$.version`. Without it the whole answer is the version.',
        group: 'health',
      },
      (given) => (parseJsonPath(given) === undefined ? fail('must be a JSON path, such as $.version') : pass(given)),
    ),
  ),
  healthyStatuses: withDefault(
    statuses({
      label: 'Healthy statuses',
      help: 'HTTP statuses that count as healthy, such as `200` or `200-204`, by comma or line.',
      group: 'health',
    }),
    '200-299',
  ),
  healthyThreshold: withDefault(
    int({
      label: 'Healthy threshold',
      help: 'Healthy answers in a row that open the gate.',
      group: 'health',
      min: 1,
      max: 1000,
    }),
    '3',
  ),
  unhealthyThreshold: withDefault(
    int({
      label: 'Unhealthy threshold',
      help: 'Bad answers in a row, after the startup grace, that close the gate.',
      group: 'health',
      min: 1,
      max: 1000,
    }),
    '2',
  ),
  healthHeaders: optional(
    headers({
      label: 'Health headers',
      help: 'Headers that each health and version question carries, one `Name: value` a line. They are kept in the journal of the run, so that a rollback from elsewhere can ask in the same way: give a key that opens nothing but the health page.',
      group: 'health',
    }),
  ),
  unhealthyShare: withDefault(
    share({
      label: 'Unhealthy share',
      help: 'Share of bad answers, in percent, from which on a release is unhealthy even where they never come in a row, of all answers and of each instance that is known. Where there are too few answers to tell, more are asked for. The default finds one bad instance of four within ten answers.',
      group: 'health',
    }),
    '10%',
  ),
  instanceHeader: optional(
    text({
      label: 'Instance header',
      help: 'Header by which an answer names the instance that gave it, such as `x-instance`. Without it instances are told apart by the affinity cookie of App Service, where that is on.',
      group: 'health',
      pattern: { matches: /^[\w!#$%&'*+.^`|~-]+$/, rule: 'must be the name of a header' },
    }),
  ),
  healthInterval: withDefault(
    duration({
      label: 'Health interval',
      help: 'Time from one health question to the next.',
      group: 'health',
      minMs: 50,
      maxMs: 600_000,
    }),
    '5s',
  ),
  healthTimeout: withDefault(
    duration({
      label: 'Health timeout',
      help: 'The longest wait for one answer.',
      group: 'health',
      minMs: 50,
      maxMs: 300_000,
    }),
    '2s',
  ),
  startupGrace: withDefault(
    duration({
      label: 'Startup grace',
      help: 'Time from the first question in which bad answers do not count yet. The first good answer ends it.',
      group: 'health',
    }),
    '10m',
  ),
};

const graph = {
  graphFile: optional(
    path({
      label: 'Service graph',
      help: 'The file that declares the services and what they depend on. When it is given, what other pipelines must have deployed for this app is asked for its health and version before anything is swapped, and a rollback of the run knows the order.',
      group: 'graph',
    }),
  ),
  environmentName: optional(
    text({
      label: 'Environment',
      help: 'The environment of the service graph whose names are used. Production, the names of the base, when left out.',
      group: 'graph',
    }),
  ),
};

const legacy = {
  preserveVnet: withDefault(
    boolean({
      label: 'Preserve VNet',
      help: 'Whether the virtual network settings stay with their slots, as the portal and the Azure command line do it.',
      aliases: ['PreserveVnet'],
      group: 'advanced',
    }),
    'true',
  ),
  swapWithProduction: optional(
    boolean({
      label: 'Swap with production',
      help: 'Only for pipelines that come from AzureAppServiceManage: says the same as a target slot of `production`. Anything that contradicts the target slot is refused.',
      aliases: ['SwapWithProduction'],
      group: 'advanced',
    }),
  ),
};

/** What SafeRolloutSwap and `safe-rollout swap` take. */
export const swapSettings = declare(
  { ...target, ...health, ...graph, ...promotionSettings, ...recordSettings, ...legacy },
  {
    groups: { health: 'Health', graph: 'Service graph', ...ADVANCED },
    rules: [
      ({ graphFile, environmentName }) =>
        environmentName !== undefined && graphFile === undefined
          ? { name: 'environmentName', rule: 'needs graphFile: environments are those of the service graph' }
          : undefined,
      ({ sourceSlot, targetSlot }) =>
        sourceSlot.toLowerCase() === targetSlot.toLowerCase()
          ? { name: 'targetSlot', rule: 'is the source slot too: a slot cannot be swapped with itself' }
          : undefined,
      ({ swapWithProduction, targetSlot }) =>
        swapWithProduction === undefined || swapWithProduction === (targetSlot.toLowerCase() === 'production')
          ? undefined
          : {
              name: 'swapWithProduction',
              rule: `contradicts the target slot '${targetSlot}': leave swapWithProduction out and name the target slot`,
            },
    ],
  },
);

export type SwapSettings = Settings<typeof swapSettings>;

function headers(about: Description): Setting<Readonly<Record<string, string>>> {
  return setting('lines', about, (given) => {
    const values = Object.create(null) as Record<string, string>;
    for (const line of given.split('\n').filter((one) => one.trim() !== '')) {
      const [, name = '', value = ''] = /^\s*([^:\s]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
      // The line can hold a key: it is not repeated.
      if (!HEADER_NAME.test(name)) return fail('must be written `Name: value`, one a line');
      if (!HEADER_VALUE.test(value)) return fail(`has no value of one line of plain text for '${name}'`);
      const known = Object.keys(values).find((one) => one.toLowerCase() === name.toLowerCase());
      if (known !== undefined) return fail(`names '${name}' twice`);
      values[name] = value;
    }
    return pass(values);
  });
}

function share(about: Description): Setting<number> {
  return setting<number>('text', about, (given) => {
    const percent = Number(/^(\d{1,3}(?:\.\d)?)\s*%?$/.exec(given)?.[1]);
    return percent >= 1 && percent <= 100 ? pass(percent / 100) : fail('must be a share from 1% to 100%, such as 10%');
  });
}

function statuses(about: Description): Setting<readonly number[]> {
  const item = { matches: /^[1-5]\d\d(-[1-5]\d\d)?$/, rule: 'must be an HTTP status or a range, such as 200-299' };
  const ranges = list({ ...about, item });
  return setting('list', about, (given) => {
    const parsed = ranges.parse(given);
    if (!parsed.ok) return parsed;
    const found = parsed.value.flatMap((range) => {
      const [from = 0, to = from] = range.split('-').map(Number);
      return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
    });
    return found.length === 0 ? fail('must accept at least one status') : pass([...new Set(found)]);
  });
}
