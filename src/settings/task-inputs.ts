import type { PickList, Presented, Setting } from './setting.ts';

/** One entry of `inputs` in a task.json. */
export interface TaskInput {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly type: string;
  readonly label: string;
  readonly defaultValue?: string;
  readonly required: boolean;
  readonly groupName?: string;
  readonly visibleRule?: string;
  readonly helpMarkDown: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, string>>;
}

export interface DataSourceBinding {
  readonly target: string;
  readonly endpointId: string;
  readonly dataSourceName: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly resultTemplate?: string;
}

export interface TaskInputs {
  readonly groups: readonly { name: string; displayName: string; isExpanded: boolean }[];
  readonly inputs: readonly TaskInput[];
  readonly dataSourceBindings: readonly DataSourceBinding[];
}

/** Cuts the slot's name out of its resource id; the expression language is that of the task editor. */
const SLOT_OF_ID = '{{{ #extractResource slots}}}';

const RESULT_TEMPLATES: Readonly<Record<Exclude<PickList['item'], 'value'>, object>> = {
  slotId: { Value: SLOT_OF_ID, DisplayValue: SLOT_OF_ID },
  resource: { Value: '{{{id}}}', DisplayValue: '{{{name}}} [{{{type}}}]' },
};

/** The parts of a task.json that follow from a declaration of settings. */
export function taskInputs(declaration: Presented): TaskInputs {
  const settings = Object.entries(declaration.settings);
  const connection = settings.find(([, setting]) => setting.kind === 'armConnection')?.[0];
  return {
    groups: Object.entries(declaration.groups).map(([name, displayName]) => ({ name, displayName, isExpanded: false })),
    inputs: settings.map(([name, setting]) => taskInput(name, setting)),
    dataSourceBindings: settings.flatMap(([name, { pick }]) =>
      pick === undefined || connection === undefined ? [] : [binding(name, connection, pick)],
    ),
  };
}

function taskInput(name: string, setting: Setting<unknown>): TaskInput {
  const { aliases = [], presence, label, help, group, visibleRule, pick, choices } = setting;
  // Azure Pipelines compares names without case: an alias that differs only in case is the name itself.
  const others = aliases.filter((alias) => alias.toLowerCase() !== name.toLowerCase());
  return {
    name,
    ...(others.length > 0 && { aliases: others }),
    type: inputType(setting),
    label,
    ...(presence.state === 'default' && { defaultValue: presence.text }),
    required: presence.state === 'required',
    ...(group !== undefined && { groupName: group }),
    ...(visibleRule !== undefined && { visibleRule }),
    helpMarkDown: help,
    ...(setting.kind === 'oneOf' && { options: Object.fromEntries(choices.map((choice) => [choice, choice])) }),
    ...(pick !== undefined && { properties: { EditableOptions: 'True' } }),
  };
}

function inputType(setting: Setting<unknown>): string {
  switch (setting.kind) {
    case 'armConnection':
      return 'connectedService:AzureRM';
    case 'oneOf':
      return 'pickList';
    case 'path':
      return 'filePath';
    case 'list':
    case 'lines':
      return 'multiLine';
    case 'boolean':
      // An optional boolean has a third state, left empty, that a check box cannot show.
      return setting.presence.state === 'optional' ? 'string' : 'boolean';
    case 'text':
    case 'int':
    case 'duration':
      return setting.pick === undefined ? 'string' : 'pickList';
  }
}

function binding(target: string, connection: string, pick: PickList): DataSourceBinding {
  const parameters = Object.fromEntries(Object.entries(pick.from).map(([key, name]) => [key, `$(${name})`]));
  return {
    target,
    endpointId: `$(${connection})`,
    dataSourceName: pick.dataSource,
    ...(Object.keys(parameters).length > 0 && { parameters }),
    ...(pick.item !== 'value' && { resultTemplate: JSON.stringify(RESULT_TEMPLATES[pick.item]) }),
  };
}
