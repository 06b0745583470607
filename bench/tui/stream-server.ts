import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/*
 * A model server whose one answer comes in small pieces at a given pace: what a fast model does to a screen.
 */

export type StreamServer = {
  readonly baseUrl: string;
  /** Resolves when an answer began. */
  readonly begun: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const pieces = ["The ", "quick ", "brown ", "fox ", "jumps ", "over ", "the ", "lazy ", "dog. "];

const line = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

/** Chat completions: `perSecond` pieces for `seconds`. */
export const startStreamServer = async (perSecond: number, seconds: number): Promise<StreamServer> => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const tickMs = 10;
  const server = createServer((request, response) => {
    request.resume();
    if (request.method === "GET") {
      response.end(JSON.stringify({ object: "list", data: [{ id: "fast", object: "model" }] }));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    const startedAt = performance.now();
    let sent = 0;
    const timer = setInterval(() => {
      const due = Math.min(seconds, (performance.now() - startedAt) / 1000) * perSecond;
      let text = "";
      for (; sent < due; sent++) {
        const content = sent % 120 === 119 ? "\n\n" : (pieces[sent % pieces.length] ?? "");
        text += line({
          id: "1",
          object: "chat.completion.chunk",
          model: "fast",
          choices: [{ index: 0, delta: { content } }],
        });
      }
      response.write(text);
      begin();
      if (sent < seconds * perSecond) return;
      clearInterval(timer);
      response.write(
        line({
          id: "1",
          object: "chat.completion.chunk",
          model: "fast",
          choices: [{ index: 0, delta: {}, finish_reason: "stop" }],
        }),
      );
      response.end("data: [DONE]\n\n");
    }, tickMs);
    response.on("close", () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    begun: () => begun,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
