import { sortFindings, type Finding, type Position } from '../finding/finding.ts';
import type { Graph } from '../graph/graph.ts';
import { didYouMean } from '../finding/nearest.ts';
import { describeNode, excerpt, type MappingEntry, type YamlNode } from '../yaml/node.ts';
import { readYaml } from '../yaml/read-yaml.ts';
import * as edges from './edges.ts';
import { checkApps } from './check-apps.ts';
import { fieldsOf, listOf, optional, text, type Fields, type Report } from './fields.ts';
import type { Catalogue, Environment, Service, ServiceNode } from './model.ts';
import { readEnvironments, type Base } from './read-environments.ts';
import { resourceGroup, slotName, type Defaults } from './read-kinds.ts';
import { readIgnore, type Ignore } from './read-ignore.ts';
import { DEFAULT_PROBE, readProbe } from './read-probe.ts';
import { readService } from './read-service.ts';

/** The rule of everything that is wrong with a service graph file. */
export const GRAPH_FILE = 'graph-file';

/** More than this is not a list of mistakes but another kind of file. */
const MOST_FINDINGS = 200;
export const ROOT_KEYS = {
  known: ['version', 'defaults', 'environments', 'deploys', 'services', 'ignore'],
  later: ['regions'],
};
export const DEFAULT_KEYS = { known: ['resourceGroup', 'connection', 'slot', 'probe'], later: ['regions', 'rollout'] };

/** What could be read of a graph file. */
export interface CatalogueDraft {
  /** Every service that has a name, with its edges, in the order of the file. */
  readonly nodes: readonly ServiceNode[];
  /** Those of them that are wholly right. */
  readonly services: readonly Service[];
  readonly environments: readonly Environment[];
  readonly deploys: readonly string[] | undefined;
  /** What is wrong with the file itself. The edges between services are for the caller to judge. */
  readonly findings: readonly Finding[];
  /** Findings of the order check that the file accepts. */
  readonly ignored: readonly Ignore[];
}

/**
 * Reads and checks a whole `service-graph.yml`: its shape, its values and the graph that it draws.
 * @returns all findings, sorted; the catalogue only when there are none
 */
export function readCatalogue(
  source: string,
  file: string,
): { readonly catalogue?: Catalogue; readonly findings: readonly Finding[] } {
  const draft = readDraft(source, file);
  const wrong = [
    ...edges.unknownDependencies(draft.nodes),
    ...edges.wrongEdges(draft.nodes),
    ...edges.versionMismatches(draft.nodes),
    ...edges.dependencyCycles(draft.nodes),
  ].map(({ place, message, services }) => finding(place, message, services));
  const findings = sortFindings([...draft.findings, ...wrong]).slice(0, MOST_FINDINGS);
  const { services, environments, deploys } = draft;
  return findings.length > 0 ? { findings } : { catalogue: { file, services, environments, deploys }, findings };
}

/** The services of a catalogue as a graph of their names. */
export function dependencyGraph(catalogue: Catalogue): Graph {
  return edges.dependencyGraph(catalogue.services.map(nodeOf));
}

function nodeOf(service: Service): ServiceNode {
  const { name, file, line, column, dependsOn } = service;
  return { name, file, line, column, dependsOn, version: service.kind === 'package' ? service.version : undefined };
}

/** Reads a graph file without judging the edges between its services. */
export function readDraft(source: string, file: string): CatalogueDraft {
  const { root, findings: syntax } = readYaml(source, { file, rule: GRAPH_FILE });
  const found: Finding[] = [...syntax];
  if (root === undefined)
    return { nodes: [], services: [], environments: [], deploys: undefined, findings: found, ignored: [] };
  const reportFor: ReportFor =
    (...services) =>
    (place, message) => {
      if (found.length < MOST_FINDINGS) found.push(finding(place, message, services));
    };
  const report = reportFor();
  const fields = fieldsOf(root, 'the file', ROOT_KEYS, report);
  const version = fields?.entries.get('version')?.value;
  if (fields !== undefined) checkVersion(version, fields.place, report);
  const defaults = readDefaults(fields?.entries.get('defaults')?.value, report);
  const written = fields?.entries.get('services');
  if (fields !== undefined && written === undefined)
    report(fields.place, "the file needs 'services': a mapping from service names to what they are");
  const { nodes, services, base } = readServices(written?.value, defaults, reportFor);
  const overlays = fields?.entries.get('environments');
  const environments = overlays === undefined ? [] : readEnvironments(overlays.value, base, report);
  checkApps(services, environments, reportFor);
  const deploys = fields && readDeploys(fields, nodes, report);
  const ignored = readIgnore(fields?.entries.get('ignore')?.value, new Set(nodes.map(({ name }) => name)), report);
  return { nodes, services, environments, deploys, findings: found, ignored };
}

/** A report that names the services it is about. */
export type ReportFor = (...services: string[]) => Report;

/** `deploys: [payments]`: what the pipelines beside this file answer for. */
function readDeploys(fields: Fields, nodes: readonly ServiceNode[], report: Report): string[] | undefined {
  const known = new Set(nodes.map(({ name }) => name));
  const written = fields.entries.get('deploys')?.value;
  const seen = new Set<string>();
  const names = optional(
    fields,
    'deploys',
    listOf((node, path, tell) => {
      const what = path.replace('the file.', '');
      const name = text(node, what, tell);
      if (name === undefined) return undefined;
      if (!known.has(name)) tell(node, `${what}: unknown service '${excerpt(name)}'${didYouMean(name, known)}`);
      else if (seen.has(name)) tell(node, `${what} names ${name} twice; write it once`);
      seen.add(name);
      return name;
    }),
    report,
  );
  if (written?.kind === 'sequence' && written.items.length === 0)
    report(written, 'deploys names no service; remove it, or name those that pipelines beside this file deploy');
  return names;
}

function checkVersion(version: YamlNode | undefined, root: Position, report: Report): void {
  if (version === undefined) report(root, "the file needs 'version: 1'");
  else if (version.kind !== 'scalar' || version.text !== '1')
    report(version, `version must be 1, the only one there is, not ${describeNode(version)}`);
}

function readDefaults(node: YamlNode | undefined, report: Report): Defaults {
  const fields = node === undefined ? undefined : fieldsOf(node, 'defaults', DEFAULT_KEYS, report);
  if (fields === undefined)
    return { resourceGroup: undefined, connection: undefined, slot: 'staging', probe: DEFAULT_PROBE };
  return {
    resourceGroup: optional(fields, 'resourceGroup', resourceGroup, report),
    connection: optional(fields, 'connection', text, report),
    slot: optional(fields, 'slot', slotName, report) ?? 'staging',
    probe: optional(fields, 'probe', readProbe(DEFAULT_PROBE), report) ?? DEFAULT_PROBE,
  };
}

function readServices(
  node: YamlNode | undefined,
  defaults: Defaults,
  reportFor: ReportFor,
): Pick<CatalogueDraft, 'nodes' | 'services'> & { readonly base: Base } {
  const report = reportFor();
  const nodes: ServiceNode[] = [];
  const services: Service[] = [];
  const entries = new Map<string, { entry: MappingEntry; service: Service | undefined }>();
  const read = { nodes, services, base: { entries, defaults } };
  if (node !== undefined && node.kind !== 'mapping')
    report(node, `services must be a mapping from names to services, not ${describeNode(node)}`);
  if (node?.kind !== 'mapping') return read;
  if (node.entries.length === 0) report(node, 'services names no service');
  // Names meet in file names of the journal and in pipelines, which ignore case; so must they differ here.
  const taken = new Map<string, string>();
  for (const entry of node.entries) {
    const name = entry.key.text;
    const first = taken.get(name.toLowerCase());
    // The same key twice has been reported with the syntax.
    if (first === name) continue;
    if (first !== undefined)
      reportFor(first, name)(entry.key, `'${name}' differs from '${first}' only by case; rename one`);
    taken.set(name.toLowerCase(), name);
    const { node: one, service } = readService(entry, defaults, reportFor(name));
    nodes.push(one);
    if (service !== undefined) services.push(service);
    entries.set(name, { entry, service });
  }
  return read;
}

function finding({ file, line, column }: Position, message: string, services: readonly string[]): Finding {
  return { rule: GRAPH_FILE, severity: 'error', message, file, line, column, services };
}
