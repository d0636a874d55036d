/** A blob as a list shows it. */
export interface ListedBlob {
  readonly name: string;
  /** In quotes, as a condition takes it; lists of the service leave them out. */
  readonly etag: string;
  readonly bytes: number;
  /** By the service's clock, milliseconds since the epoch; whole seconds, as the service tells it. */
  readonly createdAt: number;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface BlobPage {
  readonly blobs: readonly ListedBlob[];
  /** Where the next page begins; undefined after the last. */
  readonly next: string | undefined;
}

/**
 * Pure: one page of List Blobs. The service escapes every text, so a `<` is always markup, and names that XML cannot
 * hold come quoted.
 * @returns undefined when the text is not a whole list: taken for an empty one, it would hide a journal
 */
export function parseBlobPage(xml: string): BlobPage | undefined {
  if (!/^\uFEFF?\s*(<\?xml[^>]*\?>\s*)?<EnumerationResults[\s>]/.test(xml)) return undefined;
  if (!/<\/EnumerationResults>\s*$/.test(xml)) return undefined;
  // Cut, not matched: a pattern would look for the end of each blob anew, were there none.
  const blobs = xml
    .split('<Blob>')
    .slice(1)
    .map((rest) => parseBlob(rest.slice(0, rest.indexOf('</Blob>'))));
  const next = textIn(xml, 'NextMarker');
  return { blobs, next: next === '' ? undefined : next };
}

function parseBlob(xml: string): ListedBlob {
  const [, metadata = ''] = /<Metadata>(.*?)<\/Metadata>/s.exec(xml) ?? [];
  return {
    name: /<Name Encoded="true">/.test(xml) ? unquoted(textIn(xml, 'Name')) : textIn(xml, 'Name'),
    etag: inQuotes(textIn(xml, 'Etag')),
    bytes: Number(textIn(xml, 'Content-Length')),
    createdAt: Date.parse(textIn(xml, 'Creation-Time')),
    metadata: Object.fromEntries(
      [...metadata.matchAll(/<([A-Za-z_]\w*)>([^<]*)<\/\1>/g)].map(([, name = '', value = '']) => [
        name.toLowerCase(),
        unescaped(value),
      ]),
    ),
  };
}

function textIn(xml: string, tag: string): string {
  const [, text = ''] = new RegExp(`<${tag}(?: [^>]*)?>([^<]*)</${tag}>`).exec(xml) ?? [];
  return unescaped(text);
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-z]+));/g, (whole, hex, decimal, name) => {
    const known = ENTITIES[String(name)];
    if (known !== undefined) return known;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(String(hex), 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : String(whole);
  });
}

function inQuotes(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`;
}

function unquoted(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
