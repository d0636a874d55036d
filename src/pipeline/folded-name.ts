const folded = new WeakMap<object, string>();

/**
 * The name of a stage, a job or a reference to one, as the service compares it: case does not count. The same text for
 * the same node, however often it is asked for: the cases of a pipeline ask for it thousands of times.
 */
export function foldedName(node: { readonly name: string }): string {
  const known = folded.get(node);
  if (known !== undefined) return known;
  const name = node.name.toLowerCase();
  folded.set(node, name);
  return name;
}
