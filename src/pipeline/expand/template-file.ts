import type { Finding } from '../../finding/finding.ts';
import type { MappingNode, YamlNode } from '../../yaml/node.ts';
import type { readYaml } from '../../yaml/read-yaml.ts';
import { PIPELINE_FILE } from '../reading.ts';
import { NO_PARAMETERS, readParameters, type Parameters } from './parameters.ts';
import { Reporter } from './reporter.ts';

/** A template file that was read: its parameters apart, its other keys as they are written. */
export interface TemplateFile {
  readonly parameters: Parameters;
  readonly body: MappingNode;
}

/** What is known of a template file, whoever includes it. */
export interface KnownFile {
  readonly name: string;
  readonly text: string;
  readonly yamlFindings: readonly Finding[];
  /** What its text is, when it is YAML. */
  readonly root: YamlNode | undefined;
  /** Undefined when it is no template. */
  readonly file: TemplateFile | undefined;
  /** What is wrong with its parameters. */
  readonly faults: readonly Finding[];
}

/** Reads the text of a template file. */
export function readTemplate(text: string, name: string, read: typeof readYaml): KnownFile {
  const { root, findings } = read(text, { file: name, rule: PIPELINE_FILE, foldKeys: true });
  const known = { name, text, yamlFindings: findings, root };
  if (root?.kind !== 'mapping') return { ...known, file: undefined, faults: [] };
  const { parameters, body } = splitFile(root);
  const own = new Reporter();
  const declared = parameters === undefined ? NO_PARAMETERS : readParameters(parameters, 'template', own);
  return { ...known, file: { parameters: declared, body }, faults: own.findings };
}

/** The parameters of a file, and the rest of it. */
export function splitFile(root: MappingNode): {
  readonly parameters: YamlNode | undefined;
  readonly body: MappingNode;
} {
  const parameters = root.entries.find(({ key }) => key.text.toLowerCase() === 'parameters');
  return {
    parameters: parameters?.value,
    body: { ...root, entries: root.entries.filter((entry) => entry !== parameters) },
  };
}
