import { isNull, type YamlNode } from './node.ts';

const INTEGER = /^[-+]?[0-9]+$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/**
 * Pure: what a document means as JSON would say it, by the core schema of YAML 1.2: text without quotes can be a number, a
 * truth value or nothing. A number that a double does not hold stays text. Of a key that is written twice the last counts.
 */
export function plainValue(node: YamlNode): unknown {
  switch (node.kind) {
    case 'mapping':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key.text, plainValue(value)]));
    case 'sequence':
      return node.items.map(plainValue);
    case 'scalar': {
      if (isNull(node)) return null;
      if (!node.plain) return node.text;
      if (/^(true|True|TRUE)$/.test(node.text)) return true;
      if (/^(false|False|FALSE)$/.test(node.text)) return false;
      if (INTEGER.test(node.text)) return Number.isSafeInteger(Number(node.text)) ? Number(node.text) : node.text;
      return FLOAT.test(node.text) && Number.isFinite(Number(node.text)) ? Number(node.text) : node.text;
    }
  }
}
