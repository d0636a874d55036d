/** `contoso.example`, or `*.contoso.example` for all hosts below it. */
const PATTERN = /^(?:\*\.)?[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)*$/i;

/** What may be written for hosts, and the rule in words. An address in the place of a name is written as it is. */
export const HOST_PATTERN = { matches: PATTERN, rule: 'must be a host such as contoso.example or *.contoso.example' };

/** Where Azure DevOps Services live: a job's token is shown to these, and to hosts that are named beside them. */
export const AZURE_DEVOPS_HOSTS: readonly string[] = ['dev.azure.com', '*.dev.azure.com', '*.visualstudio.com'];

/** Pure: is this host one of these? The star stands for one label or more, never for none. */
export function isOneOf(host: string, patterns: readonly string[]): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return patterns.some((one) => {
    const pattern = one.toLowerCase();
    return pattern.startsWith('*.')
      ? name.endsWith(pattern.slice(1)) && name.length > pattern.length - 1
      : name === pattern;
  });
}
