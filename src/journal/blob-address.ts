/** A folder in a container of Azure Blob Storage. */
export interface BlobAddress {
  /** `https://<account>.blob.core.windows.net/<container>`, without a slash at its end. */
  readonly container: string;
  /** What all names of ours begin with: empty, or path segments that each end with a slash. */
  readonly folder: string;
}

/**
 * Where Azure Storage lives. A token for storage opens every account that its identity may open, so it is shown to
 * Azure's own hosts only: the front end, not the account's owner, receives it.
 */
const AZURE_HOSTS = [
  '.blob.core.windows.net',
  '.blob.storage.azure.net',
  '.blob.core.usgovcloudapi.net',
  '.blob.core.chinacloudapi.cn',
];
/** An emulator such as Azurite has no host for each account: there the account is the first segment of the path. */
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

const CONTAINER = /^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/;
/** Characters that no tool has to quote; a dot at an end of a segment would be taken away by some. */
const SEGMENT = /^[A-Za-z0-9_-]([A-Za-z0-9._-]*[A-Za-z0-9_-])?$/;
const LONGEST_FOLDER = 200;

/**
 * Reads `https://<account>.blob.core.windows.net/<container>[/folder]`.
 * @returns the address, or a rule that the text breaks
 */
export function parseBlobAddress(text: string): BlobAddress | string {
  if (!URL.canParse(text)) return 'must be an address such as https://<account>.blob.core.windows.net/<container>';
  const url = new URL(text);
  if (url.protocol !== 'https:') return 'must be an https address';
  if (url.search !== '' || url.username !== '' || url.hash !== '')
    return 'must be an address alone: the identity of the service connection signs in, a SAS is not used';
  const isLoopback = LOOPBACK.has(url.hostname);
  if (!isLoopback && (url.port !== '' || !AZURE_HOSTS.some((host) => url.hostname.endsWith(host))))
    return `must lie in Azure Blob Storage: its host ends with ${AZURE_HOSTS.join(', ')}`;
  // The text, not the parsed path: a parser takes `..` away instead of refusing it.
  const segments = text
    .replace(/^https:\/\/[^/]*\/?/i, '')
    .replace(/\/$/, '')
    .split('/');
  const account = isLoopback ? [segments.shift() ?? ''] : [];
  const [container = '', ...folders] = segments;
  if (!CONTAINER.test(container) || account.includes(''))
    return 'must name a container after the host: 3 to 63 lower-case letters, digits and single hyphens';
  if (!folders.every((folder) => SEGMENT.test(folder)) || folders.join('/').length > LONGEST_FOLDER)
    return 'must name folders of letters, digits, dots, hyphens and underscores';
  return {
    container: [url.origin, ...account, container].join('/'),
    folder: folders.map((folder) => `${folder}/`).join(''),
  };
}
