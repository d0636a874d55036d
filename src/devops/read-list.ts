/** Structure of JSON, in ASCII: no byte of a longer character looks like it. */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [OPEN, CLOSE] = [0x7b, 0x7d];
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d];

/** A list of our attachments is some hundred bytes each; whatever is longer is not one. */
const LARGEST_BYTES = 64 * 1024 * 1024;

/** One thing of a list, as it was sent and as it was read. */
export interface Item<T> {
  readonly bytes: Buffer;
  readonly value: T;
}

/**
 * Reads the answer of a service that lists things, `{"count": 2, "value": [{...}, {...}]}`, one thing after the other as
 * they arrive: a long list that is read again and again would otherwise be held three times each time, as bytes, as a text
 * and as all that it says.
 * @param before what the last list had: what stands at its place to the last byte is not read again
 * @throws Error when it is not such a list, or not a whole one: taken for an empty list, it would hide what there is
 */
export async function readList<T>(
  stream: AsyncIterable<Buffer | string>,
  read: (item: unknown) => T,
  before: readonly Item<T>[] = [],
): Promise<Item<T>[]> {
  const items: Item<T>[] = [];
  // What is left when each thing is taken out, `{"count":2,"value":[0,0]}`: as JSON it says whether the rest is whole.
  let frame = '';
  let pending: Buffer = Buffer.alloc(0);
  let [scanned, total, depth] = [0, 0, 0];
  let isText = false;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    total += bytes.length;
    if (total > LARGEST_BYTES) throw new Error(`the list is larger than ${LARGEST_BYTES} bytes`);
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
    // Where the frame goes on, or the thing began that is being read.
    let from = 0;
    let at = scanned;
    for (; at < pending.length; at += 1) {
      const byte = pending[at]!;
      if (isText) {
        if (byte === BACKSLASH) at += 1;
        else if (byte === QUOTE) isText = false;
      } else if (byte === QUOTE) isText = true;
      else if (byte === OPEN || byte === OPEN_LIST) {
        if (byte === OPEN && depth === ITEM_DEPTH) {
          frame += pending.toString('utf8', from, at);
          from = at;
          const known = before[items.length];
          if (known?.bytes.equals(pending.subarray(at, at + known.bytes.length))) {
            items.push(known);
            frame += '0';
            at += known.bytes.length - 1;
            from = at + 1;
            continue;
          }
        }
        depth += 1;
      } else if (byte === CLOSE || byte === CLOSE_LIST) {
        depth -= 1;
        if (byte !== CLOSE || depth !== ITEM_DEPTH) continue;
        items.push(itemOf(pending.subarray(from, at + 1), before[items.length], read));
        frame += '0';
        from = at + 1;
      }
    }
    if (depth <= ITEM_DEPTH) {
      // A text of the frame may be cut here: its bytes wait for the rest of it.
      const whole = isText ? from : Math.min(at, pending.length);
      frame += pending.toString('utf8', from, whole);
      from = whole;
    }
    pending = pending.subarray(from);
    scanned = at - from;
  }
  const { value } = JSON.parse(frame + pending.toString('utf8')) as { readonly value?: unknown };
  if (!Array.isArray(value) || value.length !== items.length || value.some((one) => one !== 0))
    throw new Error('the answer is no list');
  return items;
}

function itemOf<T>(bytes: Buffer, known: Item<T> | undefined, read: (item: unknown) => T): Item<T> {
  if (known?.bytes.equals(bytes)) return known;
  return { bytes: Buffer.from(bytes), value: read(JSON.parse(bytes.toString('utf8'))) };
}

/** In the object that is the answer, in the list that is its value. */
const ITEM_DEPTH = 2;
