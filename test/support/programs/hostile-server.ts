import { writeSync } from "node:fs";
import { createInterface } from "node:readline";

/*
 * An MCP server that wants to do harm, without any library: `hostile-server.ts WHAT`. It greets as it should, lists what
 * WHAT says, and answers each call with what WHAT says.
 */

const [what = ""] = process.argv.slice(2);
type Message = { id?: number; method?: string };

const send = (line: string): void => {
  for (let rest = Buffer.from(line); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      // The pipe is full: whoever reads is slower than we are.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") process.exit(0);
    }
  }
};
const tell = (message: unknown): void => send(`${JSON.stringify(message)}\n`);
const answer = (id: number | undefined, result: unknown): void => tell({ jsonrpc: "2.0", id, result });
const text = (words: string): unknown => ({ content: [{ type: "text", text: words }] });
const tool = (name: string): unknown => ({ name, description: `says ${name}`, inputSchema: { type: "object" } });
const changed = { jsonrpc: "2.0", method: "notifications/tools/list_changed" };

const harm: Readonly<Record<string, (id: number | undefined) => void>> = {
  garbage(id) {
    send('no json\n{\n[]\n[1,2]\n7\nnull\n"x"\n{}\n\u0000\u0001\n');
    send(Buffer.from([0xff, 0xfe, 0x0a]).toString("latin1"));
    answer(id, text("after garbage"));
  },
  strangers(id) {
    for (const stranger of [id === undefined ? 0 : id + 1000, -1, "text", null, 1e300])
      tell({ jsonrpc: "2.0", id: stranger, result: text("for nobody") });
    answer(id, text("for you"));
    answer(id, text("twice"));
  },
  endless() {
    // One message that never ends.
    for (;;) send("x".repeat(1 << 20));
  },
  large: (id) => answer(id, text("y".repeat(60 << 20))),
  tooLarge: (id) => answer(id, text("y".repeat(100 << 20))),
  floods(id) {
    for (let round = 0; round < 200; round += 1) process.stderr.write("\u001b[31mnoise ".repeat(1 << 16));
    answer(id, text("after noise"));
  },
  storm(id) {
    for (let round = 0; round < 50_000; round += 1) tell(changed);
    answer(id, text("after the storm"));
  },
  dies: () => process.kill(process.pid, "SIGKILL"),
  longError: (id) => tell({ jsonrpc: "2.0", id, error: { code: -1, message: "\u001b[31mz".repeat(1 << 20) } }),
  wrongShape: (id) => answer(id, { content: [{ type: "text" }, 5, null] }),
  asks(id) {
    for (let round = 0; round < 200; round += 1)
      tell({
        jsonrpc: "2.0",
        id: `ask-${round}`,
        method: "sampling/createMessage",
        params: { messages: [], maxTokens: 1 },
      });
    answer(id, text("asked in vain"));
  },
};

const names: Readonly<Record<string, readonly string[]>> = {
  names: ["harm", "a\u001b[2Jb", "two\nlines", "\u202eabc", "n".repeat(100_000), "", "harm"],
};

const act: Readonly<Record<string, (id: number | undefined) => void>> = {
  initialize: (id) =>
    answer(id, {
      protocolVersion: "2025-06-18",
      capabilities: { tools: { listChanged: true } },
      serverInfo: { name: "hostile", version: "1" },
    }),
  // `pages`: a list without end.
  "tools/list": (id) =>
    answer(id, { tools: (names[what] ?? ["harm"]).map(tool), ...(what === "pages" ? { nextCursor: "more" } : {}) }),
  "tools/call": (id) => (harm[what] ?? (() => answer(id, text("no harm"))))(id),
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method = "" } = JSON.parse(line) as Message;
  act[method]?.(id);
});
