import type { RunningCommand } from "@fettle/workspace";
import type { ConnectOverCDPTransport } from "playwright-core";

/** A page may send pictures of itself; a message without an end must not fill our memory. */
const mostBytes = 128 * 1024 * 1024;
const lastWordsBytes = 2000;

export type CdpPipe = {
  readonly transport: ConnectOverCDPTransport;
  /** What came last and was no message: why the browser did not start. */
  lastWords(): string;
};

const parsed = (text: string): object | null => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    // What the browser's start script printed.
    return null;
  }
};

/** The browser's control protocol over the standard streams of its command: JSON texts, each ended by a zero byte. */
export const cdpPipe = (command: RunningCommand): CdpPipe => {
  let chunks: Buffer[] = [];
  let length = 0;
  let closed = false;

  const close = (): void => {
    if (closed) return;
    closed = true;
    void command.kill({ graceMs: 0 });
  };

  const transport: ConnectOverCDPTransport = {
    send: (message) => command.write(`${JSON.stringify(message)}\0`),
    close,
  };

  const take = (bytes: Buffer): void => {
    chunks.push(Buffer.from(bytes));
    length += bytes.length;
  };

  command.onOutput((chunk) => {
    let from = 0;
    for (let at = chunk.indexOf(0); at !== -1; at = chunk.indexOf(0, from)) {
      take(chunk.subarray(from, at));
      const message = parsed(Buffer.concat(chunks).toString("utf8"));
      chunks = [];
      length = 0;
      from = at + 1;
      if (message !== null) transport.onmessage?.(message);
    }
    take(chunk.subarray(from));
    if (length > mostBytes) close();
  });
  void command.exited.then(() => transport.onclose?.());
  return {
    transport,
    lastWords: () => Buffer.concat(chunks).subarray(-lastWordsBytes).toString("utf8").replace(/\s+/g, " ").trim(),
  };
};
