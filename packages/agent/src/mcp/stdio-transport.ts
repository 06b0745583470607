import type { RunningServer } from "@fettle/workspace";
import { deserializeMessage, serializeMessage } from "@modelcontextprotocol/sdk/shared/stdio.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { maxMessageBytes, tooLong } from "./bounded-fetch.ts";

const graceMs = 500;
const newline = 0x0a;

/**
 * Cuts bytes into lines; false once one is too long. Not the SDK's buffer, which copies and searches all that it holds
 * with every piece: a picture of some megabytes would take seconds.
 */
const createLines = (onLine: (line: string) => void): ((chunk: Buffer) => boolean) => {
  let pieces: Buffer[] = [];
  let length = 0;
  return (chunk) => {
    let rest = chunk;
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      const line = Buffer.concat([...pieces, rest.subarray(0, end)]);
      pieces = [];
      length = 0;
      rest = rest.subarray(end + 1);
      if (line.length > maxMessageBytes) return false;
      onLine(line.toString("utf8"));
    }
    length += rest.length;
    if (length > maxMessageBytes) return false;
    if (rest.length > 0) pieces.push(rest);
    return true;
  };
};

export type StdioTransport = {
  /** Closing it ends the server. */
  readonly transport: Transport;
  /** Why we ended the server; null while there was no reason to. */
  fault(): string | null;
};

/** The transport over a running server's standard streams. */
export const stdioTransport = (server: RunningServer): StdioTransport => {
  let closed = false;
  let fault: string | null = null;

  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await server.end(graceMs);
    transport.onclose?.();
  };

  const report = (error: unknown): void =>
    transport.onerror?.(error instanceof Error ? error : new Error(String(error)));

  const take = createLines((line) => {
    try {
      transport.onmessage?.(deserializeMessage(line));
    } catch (error) {
      // A line that is no message is passed over.
      report(error);
    }
  });
  const receive = (chunk: Buffer): void => {
    if (closed || take(chunk)) return;
    fault = `it was ended: ${tooLong}`;
    void close();
  };

  const transport: Transport = {
    async start() {
      server.output.on("data", receive);
      void server.ended.then(close);
    },
    send: (message) =>
      new Promise((done, fail) => {
        if (closed) return fail(new Error("the connection is closed"));
        server.input.write(serializeMessage(message), (error) => {
          if (!error) return done();
          // It no longer reads: how it ended says more than that.
          void close().then(() => fail(error));
        });
      }),
    close,
  };
  return { transport, fault: () => fault };
};
