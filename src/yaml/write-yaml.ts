import { Document, Scalar, YAMLMap, YAMLSeq, Pair } from 'yaml';
import { isNull, type ScalarNode, type YamlNode } from './node.ts';

/** Texts that need no quotes to stay texts for every reader of YAML. */
const SAFE = /^[A-Za-z_$][\w $().,/@+-]*$/;
const WORDS = /^(?:true|false|yes|no|on|off|null|y|n|nan|inf)$/i;

/**
 * Writes nodes as the service prints an expanded pipeline: blocks, lists not indented under their key, single quotes, no
 * folding (measured). Quotes that were written are kept only where the text would mean something else without them.
 * @param commentOf lines to stand above an item of a list, without `#`
 */
export function writeYaml(root: YamlNode, commentOf: (node: YamlNode) => string | undefined = () => undefined): string {
  const document = new Document(null, { schema: 'failsafe', uniqueKeys: false });
  document.contents = toYaml(root, commentOf) as never;
  return document.toString({ indentSeq: false, singleQuote: true, lineWidth: 0 });
}

function toYaml(node: YamlNode, commentOf: (node: YamlNode) => string | undefined): Scalar | YAMLMap | YAMLSeq {
  const made = convert(node, commentOf);
  const comment = commentOf(node);
  if (comment !== undefined) made.commentBefore = comment.replace(/^/gm, ' ');
  return made;
}

function convert(node: YamlNode, commentOf: (node: YamlNode) => string | undefined): Scalar | YAMLMap | YAMLSeq {
  switch (node.kind) {
    case 'scalar':
      return scalar(node);
    case 'sequence': {
      const list = new YAMLSeq();
      list.items = node.items.map((item) => toYaml(item, commentOf));
      list.flow = node.items.length === 0;
      return list;
    }
    case 'mapping': {
      const map = new YAMLMap();
      map.items = node.entries.map(({ key, value }) => new Pair(scalar(key), toYaml(value, commentOf)));
      map.flow = node.entries.length === 0;
      return map;
    }
  }
}

function scalar(node: ScalarNode): Scalar {
  const made = new Scalar(node.text);
  if (isNull(node)) made.type = 'PLAIN';
  else if (node.text.includes('\n')) made.type = 'BLOCK_LITERAL';
  else made.type = node.plain || (SAFE.test(node.text) && !WORDS.test(node.text)) ? 'PLAIN' : 'QUOTE_SINGLE';
  return made;
}
