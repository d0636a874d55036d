import type { YamlNode } from '../yaml/node.ts';

/** What a node was read as, and what was said of it meanwhile. */
interface ReadNode<Part> {
  readonly result: unknown;
  readonly part: Part;
}

/**
 * Nodes that have been read: in the cases of a pipeline most nodes are the same, and what is read of the same node is
 * the same.
 */
export class ReadNodes<Part> {
  readonly #read = new WeakMap<YamlNode, Map<string, ReadNode<Part>>>();

  /** @param how all that the node is read by beside itself; the same text must stand for the same type */
  of<T>(
    node: YamlNode,
    how: string,
    read: () => { readonly result: T; readonly part: Part },
  ): {
    readonly result: T;
    readonly part: Part;
  } {
    let known = this.#read.get(node);
    if (known === undefined) this.#read.set(node, (known = new Map<string, ReadNode<Part>>()));
    let one = known.get(how);
    if (one === undefined) known.set(how, (one = read()));
    return { result: one.result as T, part: one.part };
  }
}
