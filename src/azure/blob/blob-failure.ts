import type { BlobAddress } from '../../journal/blob-address.ts';
import type { Exchange } from '../wire/exchange.ts';
import { textOf } from './blob-client.ts';

/** The service's name for what is wrong, such as `BlobNotFound`; empty when it gave none. HEAD tells it by header only. */
export function blobErrorCode(exchange: Exchange): string {
  if (exchange.kind !== 'answered') return '';
  return exchange.headers['x-ms-error-code'] ?? /<Code>([^<]*)<\/Code>/.exec(textOf(exchange))?.[1] ?? '';
}

/** One sentence for people: what could not be done, in whose words, and the cure where we know one. */
export function explainBlob(exchange: Exchange, doing: string, address: BlobAddress): string {
  const cure = cureOf(exchange, address);
  return `could not ${doing} in ${address.container}: ${answerOf(exchange)}.${cure === '' ? '' : ` ${cure}`}`;
}

/** Message texts carry the request's id and time on lines of their own. */
function answerOf(exchange: Exchange): string {
  if (exchange.kind !== 'answered') return exchange.reason.replace(/\.$/, '');
  const code = blobErrorCode(exchange);
  const [, message = ''] = /<Message>([^<\r\n]{1,400})/.exec(textOf(exchange)) ?? [];
  return `${exchange.status}${code === '' ? '' : ` ${code}`}${message === '' ? '' : `: ${message.replace(/\.$/, '')}`}`;
}

function cureOf(exchange: Exchange, { container }: BlobAddress): string {
  const { hostname, pathname } = new URL(container);
  const account = hostname.split('.')[0] ?? hostname;
  const name = pathname.split('/').at(-1) ?? '';
  // The words of an untrusted certificate and of a proxy's refusal bring their cure along.
  if (exchange.kind === 'not-sent' && (exchange.why === 'untrusted' || exchange.why === 'proxy')) return '';
  if (exchange.kind === 'not-sent')
    return 'Check the service connection, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.';
  if (exchange.kind === 'lost')
    return `Check the name of the account (${account}), and that this machine reaches it: a proxy, a firewall or a private endpoint can be in the way.`;
  const code = blobErrorCode(exchange);
  switch (true) {
    case code === 'ContainerNotFound':
      return `Create the container: az storage container create --account-name ${account} --name ${name} --auth-mode login.`;
    case code === 'AuthorizationFailure':
      return `The firewall of storage account ${account} may keep this machine out: allow its network, or use a private endpoint.`;
    case exchange.headers['x-ms-request-id'] === undefined:
      return `The answer is not of Azure Storage: a proxy in between may have given it.`;
    case exchange.status === 403:
      return `Grant the identity the role Storage Blob Data Contributor on the container (Owner and Contributor hold no right on data); a new grant takes up to ten minutes.`;
    case exchange.status === 401:
      return `Check that the identity belongs to the tenant of storage account ${account}.`;
    default:
      return '';
  }
}
