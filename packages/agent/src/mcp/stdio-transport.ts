import type { RunningServer } from "@fettle/workspace";
import { ReadBuffer, serializeMessage } from "@modelcontextprotocol/sdk/shared/stdio.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

/** A message may hold pictures; one without an end must not fill our memory. */
const maxMessageBytes = 64 * 1024 * 1024;
const graceMs = 500;

/** The transport over a running server's standard streams. Closing it ends the server. */
export const stdioTransport = (server: RunningServer): Transport => {
  const buffer = new ReadBuffer({ maxBufferSize: maxMessageBytes });
  let closed = false;

  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await server.end(graceMs);
    buffer.clear();
    transport.onclose?.();
  };

  const report = (error: unknown): void =>
    transport.onerror?.(error instanceof Error ? error : new Error(String(error)));

  /** The next message; undefined for a line that is none, which is passed over. */
  const nextMessage = (): JSONRPCMessage | null | undefined => {
    try {
      return buffer.readMessage();
    } catch (error) {
      report(error);
      return undefined;
    }
  };

  const take = (chunk: Buffer): void => {
    try {
      buffer.append(chunk);
    } catch (error) {
      report(error);
      void close();
      return;
    }
    for (let message = nextMessage(); message !== null; message = nextMessage())
      if (message !== undefined) transport.onmessage?.(message);
  };

  const transport: Transport = {
    async start() {
      server.output.on("data", take);
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
  return transport;
};
