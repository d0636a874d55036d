/** Names the unnamed as the service does: Stage1, Stage2, ... past those that are taken. */
export function nameAll(nodes: readonly { readonly name: string }[], prefix: string): string[] {
  const taken = new Set(nodes.map(({ name }) => name.toLowerCase()));
  let counter = 1;
  return nodes.map(({ name }) => {
    if (name !== '') return name;
    while (taken.has(`${prefix}${counter}`.toLowerCase())) counter++;
    return `${prefix}${counter++}`;
  });
}
