/** Structure of JSON, in ASCII: no byte of a longer character looks like it. */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [OPEN, CLOSE] = [0x7b, 0x7d];
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d];

/** A list of our attachments is some hundred bytes each; whatever is longer is not one. */
const LARGEST_BYTES = 64 * 1024 * 1024;

/**
 * Reads the answer of a service that lists things, `{"count": 2, "value": [{...}, {...}]}`, one thing after the other as
 * they arrive: a long list that is read again and again would otherwise be held three times each time, as bytes, as a text
 * and as all that it says.
 * @throws Error when it is not such a list, or not a whole one: taken for an empty list, it would hide what there is
 */
export async function readList(stream: AsyncIterable<Buffer | string>, take: (item: unknown) => void): Promise<void> {
  // What is left when each thing is taken out, `{"count":2,"value":[0,0]}`: as JSON it says whether the rest is whole.
  let frame = '';
  let pending: Buffer = Buffer.alloc(0);
  let [scanned, total, depth, items] = [0, 0, 0, 0];
  let isText = false;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
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
        }
        depth += 1;
      } else if (byte === CLOSE || byte === CLOSE_LIST) {
        depth -= 1;
        if (byte !== CLOSE || depth !== ITEM_DEPTH) continue;
        take(JSON.parse(pending.toString('utf8', from, at + 1)));
        frame += '0';
        items += 1;
        from = at + 1;
      }
    }
    if (depth <= ITEM_DEPTH) {
      // A text of the frame may be cut here: its bytes wait for the rest of it.
      const whole = isText ? from : Math.min(at, pending.length);
      frame += pending.toString('utf8', from, whole);
      from = whole;
    }
    pending = Buffer.from(pending.subarray(from));
    scanned = at - from;
  }
  const { value } = JSON.parse(frame + pending.toString('utf8')) as { readonly value?: unknown };
  if (!Array.isArray(value) || value.length !== items || value.some((one) => one !== 0))
    throw new Error('the answer is no list');
}

/** In the object that is the answer, in the list that is its value. */
const ITEM_DEPTH = 2;
