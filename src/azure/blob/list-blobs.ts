import { hasStatus, textOf, type BlobClient } from './blob-client.ts';
import { explainBlob } from './blob-failure.ts';
import { parseBlobPage, type ListedBlob } from './blob-list.ts';

/**
 * All blobs below the client's folder whose names begin so, page by page.
 * @param prefix below the client's folder; the names that are returned begin with it
 * @param tooMany what to say when there are more than `most`
 * @throws Error that says what stopped it
 */
export async function listBlobs(
  client: BlobClient,
  prefix: string,
  most: number,
  tooMany: string,
): Promise<ListedBlob[]> {
  const { folder } = client.address;
  const found: ListedBlob[] = [];
  const isList = (body: string): boolean => parseBlobPage(body) !== undefined;
  for (let marker: string | undefined = ''; marker !== undefined;) {
    const query: Record<string, string> = {
      restype: 'container',
      comp: 'list',
      prefix: `${folder}${prefix}`,
      include: 'metadata',
      ...(marker === '' ? {} : { marker }),
    };
    const exchange = await client.send({ method: 'GET', blob: null, query }, undefined, isList);
    const page = hasStatus(exchange, 200) ? parseBlobPage(textOf(exchange)) : undefined;
    if (page === undefined) throw new Error(explainBlob(exchange, `list ${folder}${prefix}`, client.address));
    found.push(...page.blobs.map((blob) => ({ ...blob, name: blob.name.slice(folder.length) })));
    if (found.length > most) throw new Error(`could not list ${client.address.container}: ${tooMany}`);
    marker = page.next;
  }
  return found;
}
