import { lintAgentExecution } from './agent-execution.ts';
import type { Spot } from './finding.ts';
import type { PackedFiles } from './packed-files.ts';
import { mustBePng } from './png.ts';
import { lintServerExecution } from './server-execution.ts';

/** A task.json that was read, and its folder in the extension: `tasks/Name/NameV1`. */
export interface ReadTask {
  readonly folder: string;
  readonly task: Spot;
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const LONGEST_NAME = 40;
const LONGEST_DESCRIPTION = 200;
const CATEGORIES = ['Build', 'Deploy', 'Package', 'Test', 'Tool', 'Utility'];
const INPUT_TYPES = ['boolean', 'filePath', 'int', 'multiLine', 'pickList', 'radio', 'secureFile', 'string'];
const ON_AGENTS = ['Agent', 'DeploymentGroup', 'MachineGroup'];
const ON_SERVER = ['Server', 'ServerGate'];
/** Data sources of the built-in type of Azure Resource Manager connections, as published tasks use them. */
const DATA_SOURCES = [
  'AzureRMResourcesInRG',
  'AzureRMWebAppNames',
  'AzureRMWebAppResourceGroup',
  'AzureRMWebAppSlotsId',
  'AzureResourceGroups',
];
/** `name = value` or `name != value`, joined by `&&` alone or by `||` alone; no parentheses. */
const CLAUSE = '[A-Za-z]\\w* !?= [\\w-]+';
const VISIBLE_RULE = new RegExp(`^${CLAUSE}(?:(?: && ${CLAUSE})*|(?: \\|\\| ${CLAUSE})*)$`);

/** Ids are how pipelines know a task: one for all of its major versions, and no other task's. */
export function lintIds(tasks: readonly ReadTask[]): void {
  const byName = new Map<string, string>();
  const byId = new Map<string, string>();
  for (const { folder, task } of tasks) {
    const [, name = ''] = folder.split('/');
    const id = task.get('id');
    const own = byName.get(name) ?? id.text;
    if (own !== id.text) id.say(`must be that of the other versions of ${name} (${own}), not ${id.shown}`);
    const other = byId.get(id.text) ?? name;
    if (other !== name) id.say(`must be its own: it is that of ${other}`);
    byName.set(name, own);
    byId.set(id.text, other);
  }
}

export function lintTask({ folder, task }: ReadTask, files: PackedFiles): void {
  lintHead(task, folder);
  mustBePng(task, `${folder}/icon.png`, 32, files);
  const runsOn = task.get('runsOn');
  runsOn.mustBeList('places to run');
  for (const place of runsOn.items()) place.mustBeOneOf([...ON_AGENTS, ...ON_SERVER], 'a place to run');
  const places = runsOn.items().map(({ text }) => text);
  const onServer = places.some((place) => ON_SERVER.includes(place));
  if (onServer && places.some((place) => ON_AGENTS.includes(place)))
    runsOn.say('must be agents or the server, not both: a task of the server cannot run on an agent');
  lintInputs(task);
  lintBindings(task);
  for (const [, name = ''] of task.get('instanceNameFormat').text.matchAll(/\$\((\w+)\)/g))
    mustBeInput(task.get('instanceNameFormat'), name, task);
  if (onServer) lintServerExecution(task, namesOf(task));
  else lintAgentExecution(task, folder, files);
}

function lintHead(task: Spot, folder: string): void {
  const [, name = '', version = ''] = folder.split('/');
  task.get('id').mustMatch(GUID, 'a GUID');
  task.get('name').mustMatch(/^[A-Za-z][A-Za-z0-9]*$/, 'a name of letters and digits');
  if (task.get('name').text !== name)
    task.get('name').say(`must be that of its folder (${name}), not ${task.get('name').shown}`);
  const limits = { friendlyName: LONGEST_NAME, description: LONGEST_DESCRIPTION };
  for (const [field, most] of Object.entries(limits)) {
    const spot = task.get(field);
    spot.mustMatch(/\S/, 'a text for people');
    if (spot.text.length > most) spot.say(`must have at most ${most} characters, not ${spot.text.length}`);
  }
  for (const field of ['helpMarkDown', 'author', 'instanceNameFormat'])
    task.get(field).mustMatch(/\S/, 'a text for people');
  task.get('category').mustBeOneOf(CATEGORIES, 'a category');
  for (const part of ['Major', 'Minor', 'Patch']) {
    const spot = task.get('version').get(part);
    if (!Number.isInteger(spot.value) || Number(spot.value) < 0) spot.say(`must be a whole number, not ${spot.shown}`);
  }
  const major = /V(\d+)$/.exec(version)?.[1];
  if (String(task.get('version').get('Major').value) !== major)
    task
      .get('version')
      .get('Major')
      .say(`must be that of its folder (${major}), not ${task.get('version').get('Major').shown}`);
}

function lintInputs(task: Spot): void {
  const taken = new Set<string>();
  const groups = task.get('groups').items();
  const bound = new Set(
    task
      .get('dataSourceBindings')
      .items()
      .map((binding) => binding.get('target').text),
  );
  for (const input of task.get('inputs').items()) {
    const name = input.get('name');
    name.mustMatch(/^[A-Za-z]\w*$/, 'a name of letters and digits');
    for (const spot of [name, ...input.get('aliases').items()]) {
      if (taken.has(spot.text.toLowerCase()))
        spot.say(`must be its own, in any letter case: '${spot.text}' stands above`);
      taken.add(spot.text.toLowerCase());
    }
    for (const field of ['label', 'helpMarkDown']) input.get(field).mustMatch(/\S{2}/, 'a text for people');
    const type = input.get('type');
    if (!/^connectedService:\w+$/.test(type.text))
      type.mustBeOneOf(INPUT_TYPES, 'a type of input, or connectedService:<type>');
    const group = input.get('groupName');
    if (!group.isMissing)
      group.mustBeOneOf(
        groups.map((one) => one.get('name').text),
        'a group of this task',
      );
    lintVisibleRule(input.get('visibleRule'), task);
    lintDefault(input, bound.has(name.text));
  }
  for (const group of groups) {
    group.get('displayName').mustMatch(/\S/, 'a text for people');
    if (
      !task
        .get('inputs')
        .items()
        .some((input) => input.get('groupName').text === group.get('name').text)
    )
      group.get('name').say(`must have an input in it, and ${group.get('name').shown} has none`);
  }
}

function lintVisibleRule(rule: Spot, task: Spot): void {
  if (rule.isMissing) return;
  rule.mustMatch(VISIBLE_RULE, '`name = value` clauses, joined by && alone or by || alone');
  for (const [, name = ''] of rule.text.matchAll(/([A-Za-z]\w*) !?=/g)) mustBeInput(rule, name, task);
}

function lintDefault(input: Spot, isBound: boolean): void {
  const [type, standing] = [input.get('type').text, input.get('defaultValue')];
  if (typeof input.get('required').value !== 'boolean')
    input.get('required').say(`must be true or false, not ${input.get('required').shown}`);
  if (!standing.isMissing && typeof standing.value !== 'string') standing.say(`must be a text, not ${standing.shown}`);
  if (input.get('required').value === true && !standing.isMissing)
    standing.say('must be left out where the input is required: it would never be missing');
  if (type === 'boolean' && !standing.isMissing) standing.mustBeOneOf(['true', 'false'], 'one of two');
  if (type !== 'pickList') return;
  const options = input.get('options').keys();
  const isEditable = input.get('properties').get('EditableOptions').text === 'True';
  if (options.length === 0 && !(isBound && isEditable))
    input.get('options').say('must name what can be picked, or a data source must fill an editable list');
  if (!standing.isMissing && options.length > 0 && !isEditable) standing.mustBeOneOf(options, 'one of the options');
}

function lintBindings(task: Spot): void {
  for (const binding of task.get('dataSourceBindings').items()) {
    mustBeInput(binding.get('target'), binding.get('target').text, task);
    mustBeConnection(binding.get('endpointId'), task);
    binding.get('dataSourceName').mustBeOneOf(DATA_SOURCES, 'a data source that is known here');
    for (const key of binding.get('parameters').keys()) {
      const parameter = binding.get('parameters').get(key);
      parameter.mustMatch(/^\$\(\w+\)$/, '$(input)');
      mustBeInput(parameter, /\w+/.exec(parameter.text)?.[0] ?? '', task);
    }
  }
}

function mustBeConnection(spot: Spot, task: Spot): void {
  const name = /^\$\((\w+)\)$/.exec(spot.text)?.[1];
  const input = task
    .get('inputs')
    .items()
    .find((one) => one.get('name').text === name);
  if (input?.get('type').text.startsWith('connectedService:') !== true)
    spot.say(`must be $(input) of an input that is a connection, not ${spot.shown}`);
}

function mustBeInput(spot: Spot, name: string, task: Spot): void {
  if (!namesOf(task).includes(name)) spot.say(`must name an input of this task, not '${name}'`);
}

function namesOf(task: Spot): string[] {
  return task
    .get('inputs')
    .items()
    .map((input) => input.get('name').text);
}
