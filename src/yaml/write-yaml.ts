import { Document, Scalar, YAMLMap, YAMLSeq, Pair } from 'yaml';
import { isNull, type ScalarNode, type YamlNode } from './node.ts';

/** Texts that need no quotes to stay texts for every reader of YAML. */
const SAFE = /^[A-Za-z_$][\w $().,/@+-]*$/;
const WORDS = /^(?:true|false|yes|no|on|off|null|y|n|nan|inf)$/i;

/** Lines to stand above a node, without `#`, given what it stands in, the outermost first. */
type CommentOf = (node: YamlNode, above: readonly YamlNode[]) => string | undefined;

/**
 * Writes nodes as the service prints an expanded pipeline: blocks, lists not indented under their key, single quotes, no
 * folding (measured). Quotes that were written are kept only where the text would mean something else without them.
 */
export function writeYaml(root: YamlNode, commentOf: CommentOf = () => undefined): string {
  const document = new Document(null, { schema: 'failsafe', uniqueKeys: false });
  document.contents = toYaml(root, commentOf, []) as never;
  return document.toString({ indentSeq: false, singleQuote: true, lineWidth: 0 });
}

function toYaml(node: YamlNode, commentOf: CommentOf, above: YamlNode[]): Scalar | YAMLMap | YAMLSeq {
  const comment = commentOf(node, above);
  above.push(node);
  const made = convert(node, commentOf, above);
  above.pop();
  if (comment !== undefined) made.commentBefore = comment.replace(/^/gm, ' ');
  return made;
}

function convert(node: YamlNode, commentOf: CommentOf, above: YamlNode[]): Scalar | YAMLMap | YAMLSeq {
  switch (node.kind) {
    case 'scalar':
      return node.shown === undefined ? scalar(node) : scalar({ ...node, text: node.shown, plain: true });
    case 'sequence': {
      const list = new YAMLSeq();
      list.items = node.items.map((item) => toYaml(item, commentOf, above));
      list.flow = node.items.length === 0;
      return list;
    }
    case 'mapping': {
      const map = new YAMLMap();
      map.items = node.entries.map(({ key, value }) => new Pair(scalar(key), toYaml(value, commentOf, above)));
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
