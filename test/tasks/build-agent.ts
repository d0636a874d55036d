import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Emulator } from '../../src/emulator/start.ts';
import { COMPILED_ONCE } from './built-tasks.ts';

/** What a task said to the agent, and how it ended. */
export interface TaskEnd {
  readonly exitCode: number | null;
  /** All of stdout. */
  readonly log: string;
  readonly stderr: string;
  /** Of the last `task.complete`; undefined when there was none. */
  readonly result: string | undefined;
  readonly message: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly errors: readonly string[];
  /** Markdown of the uploaded summary. */
  readonly summary: string;
}

/** One command of the agent on a line: `##vso[area.event key=value;...]data`. */
export interface AgentCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

export interface TaskRun {
  /** Folder with task.json and its target. */
  readonly folder: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Working folder of the job. */
  readonly cwd?: string;
  /** Of node; none where the start of the bundle itself is what is tested or measured. */
  readonly flags?: readonly string[];
  /** Called with the process once it runs: to send it a signal. */
  readonly onStart?: (child: ChildProcess) => void | Promise<void>;
}

/** What runs tasks here: the Node of the tests, in the place of the agent's own for that handler. */
const OWN = { handler: 'Node20_1', program: process.execPath };
let runtime = OWN;

/** From now on tasks run on another Node, as an agent with another handler runs them. @returns the way back */
export function runTasksOn(handler: 'Node24', program: string): () => void {
  runtime = { handler, program };
  return () => void (runtime = OWN);
}

/**
 * Runs a task as the agent does: handler from task.json, defaults and aliases of its inputs resolved, service
 * connection and job in the environment, nothing else of ours in it.
 */
export async function runAsAgent(run: TaskRun): Promise<TaskEnd> {
  const temp = mkdtempSync(join(tmpdir(), 'safe-rollout-agent-'));
  const task = JSON.parse(readFileSync(join(run.folder, 'task.json'), 'utf8')) as TaskJson;
  const { handler, program } = runtime;
  const target = join(run.folder, task.execution[handler]!.target);
  const child = spawn(program, [...(run.flags ?? COMPILED_ONCE), target], {
    cwd: run.cwd ?? temp,
    env: {
      PATH: process.env['PATH'] ?? '',
      AGENT_TEMPDIRECTORY: temp,
      SYSTEM_DEFAULTWORKINGDIRECTORY: run.cwd ?? temp,
      ...(run.env?.['RELEASE_RELEASEID'] !== undefined && placesOfRelease(run.cwd ?? temp)),
      ...inputVariables(task, run.inputs),
      ...run.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (log += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  void run.onStart?.(child);
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const end = readLog(log);
  const shown = shownSecrets(run.env ?? {}, log, stderr);
  if (shown.length > 0) throw new Error(`the task has shown a secret before it was masked:\n${shown.join('\n')}`);
  const file = end.commands.find(({ name }) => name === 'task.uploadsummary')?.data;
  const summary = file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : '';
  rmSync(temp, { recursive: true, force: true });
  return { exitCode, log, stderr, summary, ...end };
}

/** Variables whose values are secrets, as the agent hands them over. Other secret variables of a job the agent masks by itself. */
const SECRET_VARIABLES =
  /^(?:ENDPOINT_AUTH_PARAMETER_.*_(?:SERVICEPRINCIPALKEY|SERVICEPRINCIPALCERTIFICATE|ACCESSTOKEN|APITOKEN|PASSWORD)|(?:SECRET_)?AGENT_PROXYPASSWORD)$/;
/** A token of Entra or of Azure DevOps, whoever has given it to the task. */
const TOKEN = /\bey[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g;

/**
 * Lines that show a secret before the agent was told to mask it: of every run here, for every secret that the run was given,
 * each line of a certificate, and every token. What follows the command that masks it the agent replaces in the log.
 */
export function shownSecrets(env: Readonly<Record<string, string>>, log: string, stderr: string): string[] {
  const given = Object.entries(env)
    .filter(([name]) => SECRET_VARIABLES.test(name))
    .flatMap(([, value]) => value.split('\n'))
    .filter((one) => one.trim().length >= 8 && !/^-----(?:BEGIN|END) /.test(one));
  const secrets = new Set([...given, ...(log.match(TOKEN) ?? []), ...(stderr.match(TOKEN) ?? [])]);
  const lines = log.split(/\r?\n/);
  const commands = lines.map(parseCommand);
  return [...secrets].flatMap((secret) => {
    const masked = commands.findIndex((one) => one?.name === 'task.setsecret' && one.data === secret);
    const forms = [secret, secret.replaceAll('%', '%AZP25')];
    const shows = (line: string): boolean => forms.some((form) => line.includes(form));
    return [
      ...lines.slice(0, masked === -1 ? undefined : masked).filter(shows),
      ...stderr.split(/\r?\n/).filter(shows),
    ];
  });
}

/** Where a job of a release finds its artifacts: its working folder, under each of these names (documented). */
function placesOfRelease(folder: string): Record<string, string> {
  return { AGENT_RELEASEDIRECTORY: folder, SYSTEM_ARTIFACTSDIRECTORY: folder };
}

/** The environment of a job that reaches the emulator: a service connection with a secret, and the job's own place. */
export function agentEnvironment(emulator: Emulator, connection = 'contoso'): Record<string, string> {
  const authorization = {
    scheme: 'ServicePrincipal',
    parameters: {
      tenantid: emulator.tenantId,
      serviceprincipalid: emulator.clientId,
      serviceprincipalkey: emulator.clientSecret,
      authenticationType: 'spnKey',
    },
  };
  return {
    ...endpointVariables(connection, `${emulator.armUrl}/`, authorization, {
      subscriptionid: emulator.subscriptionId,
      subscriptionname: 'Contoso production',
      environmentAuthorityUrl: `${emulator.authorityUrl}/`,
    }),
    ...endpointVariables('SYSTEMVSSCONNECTION', emulator.devOpsUrl, {
      scheme: 'OAuth',
      parameters: { AccessToken: emulator.devOpsToken },
    }),
    AGENT_CAINFO: emulator.caFile,
    SYSTEM_COLLECTIONURI: emulator.devOpsUrl,
    SYSTEM_TEAMPROJECTID: randomUUID(),
    SYSTEM_HOSTTYPE: 'build',
    SYSTEM_PLANID: randomUUID(),
    SYSTEM_TIMELINEID: randomUUID(),
    SYSTEM_JOBID: randomUUID(),
    BUILD_BUILDID: '4711',
  };
}

/**
 * The same of a job of a classic release (documented names of its variables). The build of its primary artifact is known to it as
 * well, as if it were its own; nothing else of a build's run is.
 */
export function releaseEnvironment(emulator: Emulator, connection = 'contoso'): Record<string, string> {
  return {
    ...agentEnvironment(emulator, connection),
    SYSTEM_HOSTTYPE: 'release',
    SYSTEM_TEAMFOUNDATIONCOLLECTIONURI: emulator.devOpsUrl,
    SYSTEM_TEAMPROJECT: 'Contoso',
    RELEASE_RELEASEID: '12',
    RELEASE_RELEASENAME: 'Release-12',
    RELEASE_DEFINITIONID: '3',
    RELEASE_DEFINITIONNAME: 'Contoso to production',
    RELEASE_ENVIRONMENTID: '56',
    RELEASE_ENVIRONMENTNAME: 'Production',
    RELEASE_DEFINITIONENVIRONMENTID: '7',
    RELEASE_DEPLOYMENTID: '34',
    RELEASE_ATTEMPTNUMBER: '1',
    RELEASE_DEPLOYMENT_REQUESTEDFOR: 'Ada',
    RELEASE_DEPLOYMENT_STARTTIME: '2026-01-05 03:00:00Z',
    RELEASE_PRIMARYARTIFACTSOURCEALIAS: '_contoso',
    RELEASE_ARTIFACTS__CONTOSO_BUILDID: '4711',
    BUILD_BUILDID: '4711',
    BUILD_BUILDNUMBER: '20260105.1',
    BUILD_REQUESTEDFOR: 'Grace',
    BUILD_SOURCEBRANCH: 'refs/heads/main',
  };
}

/** As the agent hands over a connection: whole and, for the getters of single fields, in parts. */
export function endpointVariables(
  id: string,
  url: string,
  authorization: { scheme: string; parameters: Readonly<Record<string, string>> },
  data: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const parts = (prefix: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([name, value]) => [`${prefix}_${id}_${name.toUpperCase()}`, value]);
  return Object.fromEntries([
    [`ENDPOINT_URL_${id}`, url],
    [`ENDPOINT_AUTH_${id}`, JSON.stringify(authorization)],
    [`ENDPOINT_AUTH_SCHEME_${id}`, authorization.scheme],
    ...parts('ENDPOINT_AUTH_PARAMETER', authorization.parameters),
    ...parts('ENDPOINT_DATA', data),
  ]) as Record<string, string>;
}

/** What the agent reads of a task.json. */
export interface TaskJson {
  readonly execution: Readonly<Record<string, { readonly target: string }>>;
  readonly inputs: readonly { name: string; aliases?: readonly string[]; defaultValue?: string }[];
}

/** Inputs as the agent hands them over: aliases resolved, defaults filled in, what the task does not declare left out. */
export function inputVariables(task: TaskJson, given: Readonly<Record<string, string>>): Record<string, string> {
  const byName = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  return Object.fromEntries(
    task.inputs.flatMap(({ name, aliases = [], defaultValue }) => {
      const value = [name, ...aliases].map((one) => byName.get(one.toLowerCase())).find((one) => one !== undefined);
      const text = value ?? defaultValue;
      return text === undefined ? [] : [[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, text]];
    }),
  ) as Record<string, string>;
}

/** Reads the log as the agent does: a command wherever its mark stands in a line. */
export function readLog(log: string): Pick<TaskEnd, 'result' | 'message' | 'outputs' | 'errors'> & {
  commands: readonly AgentCommand[];
} {
  const commands = log.split(/\r?\n/).flatMap((line) => parseCommand(line) ?? []);
  const complete = commands.findLast(({ name }) => name === 'task.complete');
  const issues = commands.filter(({ name }) => name === 'task.issue' || name === 'task.logissue');
  const variables = commands.filter(
    ({ name, properties }) => name === 'task.setvariable' && properties['isOutput'] === 'true',
  );
  return {
    commands,
    result: complete?.properties['result'],
    message: complete?.data ?? '',
    outputs: Object.fromEntries(variables.map(({ properties, data }) => [properties['variable'] ?? '', data])),
    errors: issues.filter(({ properties }) => properties['type'] === 'error').map(({ data }) => data),
  };
}

function parseCommand(line: string): AgentCommand | undefined {
  const start = line.indexOf('##vso[');
  const end = line.indexOf(']', start);
  if (start < 0 || end < 0) return undefined;
  const [name = '', ...rest] = line.slice(start + 6, end).split(' ');
  const properties = rest
    .join(' ')
    .split(';')
    .filter((one) => one.includes('='))
    .map((one) => [one.slice(0, one.indexOf('=')), unescape(one.slice(one.indexOf('=') + 1))]);
  return {
    name,
    properties: Object.fromEntries(properties) as Record<string, string>,
    data: unescape(line.slice(end + 1)),
  };
}

function unescape(text: string): string {
  return text
    .replaceAll('%3B', ';')
    .replaceAll('%5D', ']')
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%AZP25', '%');
}
