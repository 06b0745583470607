/** A message may hold pictures; one without an end must not fill our memory. In bytes. */
export const maxMessageBytes = 64 * 1024 * 1024;
export const tooLong = `its message is longer than ${maxMessageBytes >> 20} MB`;

const newline = 0x0a;

/** Counts the bytes of one message after the other; in a stream of events a blank line ends one. */
const createCount = (isEvents: boolean): ((chunk: Uint8Array) => number) => {
  let length = 0;
  let line = 0;
  return (chunk) => {
    length += chunk.length;
    if (!isEvents) return length;
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      line += end - from;
      // A lone carriage return is what some servers end a line with too.
      if (line <= 1) length = chunk.length - end - 1;
      line = 0;
      from = end + 1;
    }
    line += chunk.length - from;
    return length;
  };
};

/** `fetch` whose answers break off where a message in them is too long, which is told. */
export const boundedFetch =
  (inner: typeof fetch, onTooLong: () => void): typeof fetch =>
  async (input, init) => {
    const response = await inner(input, init);
    if (response.body === null || response.status < 200) return response;
    const count = createCount(/^text\/event-stream/i.test(response.headers.get("content-type") ?? ""));
    const limit = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        if (count(chunk) <= maxMessageBytes) return controller.enqueue(chunk);
        onTooLong();
        throw new Error(tooLong);
      },
    });
    const bounded = new Response(response.body.pipeThrough(limit), response);
    // A response that is made by hand has no address, by which redirections are judged.
    return Object.defineProperty(bounded, "url", { value: response.url });
  };
