import assert from 'node:assert/strict';
import { lintExtension } from '../../src/build/lint/extension.ts';
import { filesOfRepository, type PackedFiles } from '../../src/build/lint/packed-files.ts';

const REAL = filesOfRepository(process.cwd());
const EXTENSION = 'vss-extension.json';
const taskOf = (name: string): string => `tasks/SafeRollout${name}/SafeRollout${name}V1/task.json`;
const SWAP = taskOf('Swap');
const DEPLOY = taskOf('Deploy');
const HEALTH = taskOf('HealthGate');
const ROUTING = taskOf('RoutingGate');
const STATE = taskOf('StateGate');
const ALERT = taskOf('AlertGate');
const EXECUTE = 'execution.HttpRequestChain.Execute';
const SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>';

/** Files in the place of others, or null where one is gone. */
type Change = Readonly<Record<string, string | Buffer | null>>;

function withChange(change: Change): PackedFiles {
  const isOurs = (path: string): boolean => Object.hasOwn(change, path);
  return {
    paths: () => [
      ...REAL.paths().filter((path) => !isOurs(path)),
      ...Object.keys(change).filter((path) => change[path] !== null),
    ],
    bytes: (path) =>
      isOurs(path) ? (change[path] === null ? undefined : Buffer.from(change[path]!)) : REAL.bytes(path),
    size: (path) => (isOurs(path) ? (change[path]?.length ?? 0) : REAL.size(path)),
  };
}

/** The real file with the value at a path of keys changed; undefined takes it out. */
function set(file: string, at: string, value: unknown): Change {
  const document = JSON.parse(REAL.bytes(file)!.toString('utf8')) as Record<string, unknown>;
  const keys = at.split('.');
  const last = keys.pop()!;
  let inside = document;
  for (const key of keys) {
    assert.ok(inside[key] !== undefined, `${file} has no ${at}`);
    inside = inside[key] as Record<string, unknown>;
  }
  if (value === undefined) delete inside[last];
  else inside[last] = value;
  return { [file]: JSON.stringify(document) };
}

function valueAt(file: string, at: string): unknown {
  const document: unknown = JSON.parse(REAL.bytes(file)!.toString('utf8'));
  return at.split('.').reduce((inside, key) => (inside as Record<string, unknown>)[key], document);
}

/** A text of the real file with a part replaced: an error of one who types. */
function edit(file: string, at: string, from: string, to: string): Change {
  const text = valueAt(file, at);
  assert.ok(typeof text === 'string' && text.includes(from), `${file} at ${at} has no ${from}`);
  return set(file, at, text.replace(from, to));
}

/** A second major version of the swap task, beside the real one. */
function secondVersion(id: string): Change {
  const task = JSON.parse(REAL.bytes(SWAP)!.toString('utf8')) as { version: { Major: number } };
  const folder = 'tasks/SafeRolloutSwap/SafeRolloutSwapV2';
  return {
    [`${folder}/task.json`]: JSON.stringify({ ...task, id, version: { ...task.version, Major: 2 } }),
    [`${folder}/task.js`]: '',
    [`${folder}/icon.png`]: REAL.bytes(SWAP.replace('task.json', 'icon.png'))!,
  };
}

/** What is changed, where a finding is expected (file and place), and what it is about. */
type Row = readonly [reason: string, change: Change, file: string, at: string];

/** tfx refuses these (measured). */
const FAILS: readonly Row[] = [
  [
    'a contribution id twice',
    set(EXTENSION, 'contributions.1.id', 'safe-rollout-validate-task'),
    EXTENSION,
    'contributions.1.id',
  ],
  ['no categories', set(EXTENSION, 'categories', undefined), EXTENSION, 'categories'],
  ['no icon of the extension', { 'images/icon.png': null }, EXTENSION, 'icons.default'],
  ['no overview', { 'overview.md': null }, EXTENSION, 'content.details.path'],
  ['no publisher', set(EXTENSION, 'publisher', undefined), EXTENSION, 'publisher'],
  ['a long description', set(EXTENSION, 'description', 'x'.repeat(201)), EXTENSION, 'description'],
];

/** tfx warns of these and packs (measured). */
const WARNS: readonly Row[] = [
  ['an id that is no GUID', set(SWAP, 'id', 'swap'), SWAP, 'id'],
  ['a long name', set(SWAP, 'friendlyName', 'x'.repeat(41)), SWAP, 'friendlyName'],
  ['a bad name', set(SWAP, 'name', 'Safe Rollout!'), SWAP, 'name'],
  ['no name of the step', set(SWAP, 'instanceNameFormat', undefined), SWAP, 'instanceNameFormat'],
  ['a target that is not there', set(SWAP, 'execution.Node24.target', 'swap.js'), SWAP, 'execution.Node24.target'],
  ['a task.json that is no JSON', { [SWAP]: '{' }, SWAP, ''],
  ['an ended runner alone', set(SWAP, 'execution', { Node10: { target: 'task.js' } }), SWAP, 'execution'],
  ['no execution', set(SWAP, 'execution', undefined), SWAP, 'execution'],
  [
    'a contribution of a folder without a task',
    set(EXTENSION, 'contributions.2.properties.name', 'tasks/Swap'),
    EXTENSION,
    'contributions.2.properties.name',
  ],
  ['files that are packed elsewhere', set(EXTENSION, 'files.0.packagePath', 'work'), EXTENSION, 'files.0.packagePath'],
  ['no installation targets', set(EXTENSION, 'targets', undefined), EXTENSION, 'targets'],
];

/** tfx packs these without a word (measured). */
const SILENT: readonly Row[] = [
  ['an unknown runner', set(SWAP, 'execution.Node99', { target: 'task.js' }), SWAP, 'execution.Node99'],
  ['an input without type', set(SWAP, 'inputs.2.type', undefined), SWAP, 'inputs.2.type'],
  ['an input without label', set(SWAP, 'inputs.2.label', undefined), SWAP, 'inputs.2.label'],
  ['an unknown type of input', set(SWAP, 'inputs.2.type', 'picklist'), SWAP, 'inputs.2.type'],
  [
    'a rule of visibility in another language',
    set(SWAP, 'inputs.2.visibleRule', "eq(action, 'swap')"),
    SWAP,
    'inputs.2.visibleRule',
  ],
  [
    'a rule of visibility over nothing',
    set(SWAP, 'inputs.2.visibleRule', 'acton = swap'),
    SWAP,
    'inputs.2.visibleRule',
  ],
  ['an unknown category of task', set(SWAP, 'category', 'Deployment'), SWAP, 'category'],
  ['no version', set(SWAP, 'version', undefined), SWAP, 'version.Major'],
  ['a version of texts', set(SWAP, 'version.Minor', '1'), SWAP, 'version.Minor'],
  [
    'another id in another major version',
    secondVersion('e3a3f0f1-0b5c-4f0e-9d62-5d6f2f0f7a11'),
    'tasks/SafeRolloutSwap/SafeRolloutSwapV2/task.json',
    'id',
  ],
  ['one id of two tasks', set(SWAP, 'id', valueAt(DEPLOY, 'id')), SWAP, 'id'],
  ['an unknown place to run', set(SWAP, 'runsOn', ['Agent', 'Laptop']), SWAP, 'runsOn.1'],
  ['no icon of a task', { [SWAP.replace('task.json', 'icon.png')]: null }, SWAP, ''],
  [
    'a contribution to nothing',
    set(EXTENSION, 'contributions.2.targets', undefined),
    EXTENSION,
    'contributions.2.targets',
  ],
  [
    'a type of contribution misspelt',
    set(EXTENSION, 'contributions.2.type', 'ms.vss-distributed-task.tasks'),
    EXTENSION,
    'contributions.2.type',
  ],
  [
    'tasks that are not packed',
    set(EXTENSION, 'files', [{ path: 'images', addressable: true }]),
    EXTENSION,
    'contributions.0.properties.name',
  ],
  ['an unknown scope', set(EXTENSION, 'scopes', ['vso.builds']), EXTENSION, 'scopes.0'],
  ['an unknown category', set(EXTENSION, 'categories', ['Pipelines']), EXTENSION, 'categories.0'],
  [
    'an icon in SVG',
    { ...set(EXTENSION, 'icons.default', 'images/icon.svg'), 'images/icon.svg': SVG },
    EXTENSION,
    'icons.default',
  ],
  ['a version of letters', set(EXTENSION, 'version', 'abc'), EXTENSION, 'version'],
  ['60 MB', { 'images/film.bin': Buffer.alloc(60 * 1024 ** 2) }, EXTENSION, 'files'],
];

/** More that nobody would tell. */
const MORE: readonly Row[] = [
  [
    'a task that is not contributed',
    set(EXTENSION, 'contributions', (valueAt(EXTENSION, 'contributions') as unknown[]).slice(1)),
    EXTENSION,
    'contributions',
  ],
  ['a file that is not there', set(EXTENSION, 'files.1.path', 'pictures'), EXTENSION, 'files.1.path'],
  ['tasks that anybody may fetch', set(EXTENSION, 'files.0.addressable', true), EXTENSION, 'files.0.addressable'],
  ['an SVG in the overview', { 'overview.md': '![the graph](images/graph.svg)' }, EXTENSION, 'content.details.path'],
  [
    'an unsafe address in the overview',
    { 'overview.md': '[here](http://example.com)' },
    EXTENSION,
    'content.details.path',
  ],
  [
    'an icon of another size',
    { 'images/icon.png': REAL.bytes(SWAP.replace('task.json', 'icon.png'))! },
    EXTENSION,
    'icons.default',
  ],
  ['an input name in another letter case', set(SWAP, 'inputs.2.name', 'AZURESUBSCRIPTION'), SWAP, 'inputs.2.name'],
  ['an input without help', set(SWAP, 'inputs.2.helpMarkDown', ''), SWAP, 'inputs.2.helpMarkDown'],
  ['a task without help', set(SWAP, 'helpMarkDown', undefined), SWAP, 'helpMarkDown'],
  ['an unknown group', set(SWAP, 'inputs.2.groupName', 'helth'), SWAP, 'inputs.2.groupName'],
  [
    'an empty group',
    set(SWAP, 'groups', [...(valueAt(SWAP, 'groups') as unknown[]), { name: 'none', displayName: 'None' }]),
    SWAP,
    'groups.3.name',
  ],
  ['required as a text', set(SWAP, 'inputs.2.required', 'true'), SWAP, 'inputs.2.required'],
  ['a default that is no option', set(SWAP, 'inputs.1.defaultValue', 'exchange'), SWAP, 'inputs.1.defaultValue'],
  [
    'a list that nothing fills',
    set(SWAP, 'dataSourceBindings.0.target', 'resourceGroupName'),
    SWAP,
    'inputs.2.options',
  ],
  ['a binding to nothing', set(SWAP, 'dataSourceBindings.0.target', 'app'), SWAP, 'dataSourceBindings.0.target'],
  [
    'a binding of what is no connection',
    set(SWAP, 'dataSourceBindings.0.endpointId', '$(appName)'),
    SWAP,
    'dataSourceBindings.0.endpointId',
  ],
  [
    'an unknown data source',
    set(SWAP, 'dataSourceBindings.0.dataSourceName', 'WebApps'),
    SWAP,
    'dataSourceBindings.0.dataSourceName',
  ],
  [
    'a parameter of nothing',
    set(SWAP, 'dataSourceBindings.1.parameters.WebAppName', '$(app)'),
    SWAP,
    'dataSourceBindings.1.parameters.WebAppName',
  ],
  ['a step named by nothing', set(SWAP, 'instanceNameFormat', 'Swap $(app)'), SWAP, 'instanceNameFormat'],
  [
    'an output that may not be set',
    set(SWAP, 'restrictions.settableVariables.allowed', ['outcome']),
    SWAP,
    'restrictions.settableVariables.allowed',
  ],
  ['an agent that is too old', set(SWAP, 'minimumAgentVersion', '2.0.0'), SWAP, 'minimumAgentVersion'],
];

/** Tasks that the server runs: whatever is wrong here, a gate shows as one that never passes, or always. */
const OF_SERVER: readonly Row[] = [
  ['an agent and the server', set(HEALTH, 'runsOn', ['Agent', 'Server']), HEALTH, 'runsOn'],
  ['a runner of agents', set(HEALTH, 'execution', { Node24: { target: 'task.js' } }), HEALTH, 'execution.Node24'],
  ['no execution', set(HEALTH, 'execution', {}), HEALTH, 'execution'],
  ['an oldest agent', set(HEALTH, 'minimumAgentVersion', '4.248.0'), HEALTH, 'minimumAgentVersion'],
  ['an empty chain', set(HEALTH, EXECUTE, []), HEALTH, EXECUTE],
  [
    'a connection that is no input',
    set(ROUTING, `${EXECUTE}.1.RequestInputs.EndpointId`, '$(connection)'),
    ROUTING,
    `${EXECUTE}.1.RequestInputs.EndpointId`,
  ],
  [
    'a connection that is an input of another type',
    set(ROUTING, `${EXECUTE}.1.RequestInputs.EndpointId`, '$(appName)'),
    ROUTING,
    `${EXECUTE}.1.RequestInputs.EndpointId`,
  ],
  [
    'an address of a connection that is not named',
    set(ROUTING, `${EXECUTE}.0.RequestInputs.EndpointId`, ''),
    ROUTING,
    `${EXECUTE}.0.RequestInputs.EndpointUrl`,
  ],
  [
    'an input misspelt in an address',
    edit(ROUTING, `${EXECUTE}.0.RequestInputs.EndpointUrl`, '$(appName)', '$(app)'),
    ROUTING,
    `${EXECUTE}.0.RequestInputs.EndpointUrl`,
  ],
  [
    'an address without encryption',
    set(HEALTH, `${EXECUTE}.0.RequestInputs.EndpointUrl`, 'http://$(healthUrl)'),
    HEALTH,
    `${EXECUTE}.0.RequestInputs.EndpointUrl`,
  ],
  [
    'a block that is not closed',
    edit(ALERT, `${EXECUTE}.1.RequestInputs.EndpointUrl`, '&targetResource', '{{#if resourceId}}&targetResource'),
    ALERT,
    `${EXECUTE}.1.RequestInputs.EndpointUrl`,
  ],
  [
    'a helper misspelt',
    edit(ALERT, `${EXECUTE}.1.RequestInputs.EndpointUrl`, 'toDateTimeFormat', 'toDateFormat'),
    ALERT,
    `${EXECUTE}.1.RequestInputs.EndpointUrl`,
  ],
  [
    'a variable that is kept nowhere',
    set(ALERT, `${EXECUTE}.0.ExecutionOptions`, undefined),
    ALERT,
    `${EXECUTE}.1.RequestInputs.EndpointUrl`,
  ],
  [
    'variables that are no JSON',
    set(ALERT, `${EXECUTE}.0.ExecutionOptions.OutputVariables`, '{'),
    ALERT,
    `${EXECUTE}.0.ExecutionOptions.OutputVariables`,
  ],
  [
    'a request that changes something',
    set(HEALTH, `${EXECUTE}.0.RequestInputs.Method`, 'POST'),
    HEALTH,
    `${EXECUTE}.0.RequestInputs.Method`,
  ],
  [
    'a callback',
    set(HEALTH, `${EXECUTE}.0.RequestInputs.WaitForCompletion`, 'true'),
    HEALTH,
    `${EXECUTE}.0.RequestInputs.WaitForCompletion`,
  ],
  [
    'headers that are no JSON',
    set(ROUTING, `${EXECUTE}.0.RequestInputs.Headers`, 'Accept: application/json'),
    ROUTING,
    `${EXECUTE}.0.RequestInputs.Headers`,
  ],
  [
    'default headers that are no JSON',
    set(HEALTH, 'inputs.4.defaultValue', 'Accept: text/plain'),
    HEALTH,
    'inputs.4.defaultValue',
  ],
  [
    'no expression',
    set(STATE, 'execution.HttpRequest.Execute.Expression', ''),
    STATE,
    'execution.HttpRequest.Execute.Expression',
  ],
  [
    'a bracket too few',
    edit(STATE, 'execution.HttpRequest.Execute.Expression', 'and(', 'and'),
    STATE,
    'execution.HttpRequest.Execute.Expression',
  ],
  [
    'a bracket too many',
    edit(ROUTING, `${EXECUTE}.2.RequestInputs.Expression`, '), 0))', '), 0)))'),
    ROUTING,
    `${EXECUTE}.2.RequestInputs.Expression`,
  ],
  [
    'an unknown function',
    edit(ROUTING, `${EXECUTE}.0.RequestInputs.Expression`, 'isNullOrEmpty', 'isEmpty'),
    ROUTING,
    `${EXECUTE}.0.RequestInputs.Expression`,
  ],
  [
    'an argument too few',
    edit(STATE, 'execution.HttpRequest.Execute.Expression', ', 2)', ')'),
    STATE,
    'execution.HttpRequest.Execute.Expression',
  ],
  [
    'an unknown context',
    edit(ROUTING, `${EXECUTE}.0.RequestInputs.Expression`, 'root[', 'body['),
    ROUTING,
    `${EXECUTE}.0.RequestInputs.Expression`,
  ],
  [
    'an input misspelt in an expression',
    edit(HEALTH, `${EXECUTE}.0.RequestInputs.Expression`, "['expectedStatus']", "['status']"),
    HEALTH,
    `${EXECUTE}.0.RequestInputs.Expression`,
  ],
  [
    'an input misspelt in a condition of skipping',
    edit(ROUTING, `${EXECUTE}.1.ExecutionOptions.SkipSectionExpression`, "['slot']", "['slots']"),
    ROUTING,
    `${EXECUTE}.1.ExecutionOptions.SkipSectionExpression`,
  ],
  [
    'a field that no response has',
    edit(HEALTH, `${EXECUTE}.0.RequestInputs.Expression`, "['statuscode']", "['status']"),
    HEALTH,
    `${EXECUTE}.0.RequestInputs.Expression`,
  ],
  [
    'a response outside of a chain',
    set(STATE, 'execution.HttpRequest.Execute.Expression', "eq(response['statuscode'], 'OK')"),
    STATE,
    'execution.HttpRequest.Execute.Expression',
  ],
];

/** Each is the real manifest with one mistake in it. */
describe('the check of manifests', () => {
  it('has nothing to say of ours', () => assert.deepEqual(lintExtension(REAL), []));

  it('takes a second major version', () => {
    assert.deepEqual(lintExtension(withChange(secondVersion(valueAt(SWAP, 'id') as string))), []);
  });

  for (const [where, rows] of Object.entries({
    'what tfx refuses': FAILS,
    'what tfx warns of': WARNS,
    'what tfx packs': SILENT,
    more: MORE,
    'tasks of the server': OF_SERVER,
  }))
    describe(`finds in ${where}`, () => {
      for (const [reason, change, file, at] of rows)
        it(reason, () => {
          const found = lintExtension(withChange(change));
          const there = found.filter((one) => one.file === file && one.at === at);
          assert.ok(there.length > 0, `nothing at ${file} ${at}; found ${JSON.stringify(found)}`);
          for (const { message } of there) assert.match(message, /^must /);
        });
    });
});
