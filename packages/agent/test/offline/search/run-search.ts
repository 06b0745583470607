import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { type SearchReport, searchReport } from "../../../src/offline/search/report.ts";
import { confined } from "../../support/confined.ts";

const main = fileURLToPath(new URL("../../../src/offline/search/main.ts", import.meta.url));

type Ended = { readonly report: SearchReport; readonly progress: string };

/**
 * Runs the program as the engine does, confined to the project's folder. `onProgress` may end it. Rejects when it ends
 * without a report.
 */
export async function search(
  root: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  onProgress?: (line: string, kill: () => void) => void,
): Promise<Ended> {
  const words = [process.execPath, "--no-warnings", main, "--root", root, ...args];
  // As the first process of its sandbox the program can be sent a signal, which bubblewrap would not pass on.
  const [program, ...rest] = confined(root, words, ["--as-pid-1", "--info-fd", "3"]);
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe", "pipe"], env: { ...process.env, ...env } });
  const stream = (descriptor: 1 | 2 | 3) => {
    const found = child.stdio[descriptor];
    assert.ok(found instanceof Readable);
    return found.setEncoding("utf8");
  };
  const info = text(stream(3));
  const kill = async () => process.kill(Number(JSON.parse(await info)["child-pid"]), "SIGTERM");
  let [output, progress] = ["", ""];
  stream(1).on("data", (chunk) => {
    output += chunk;
  });
  stream(2).on("data", (chunk) => {
    progress += chunk;
    onProgress?.(chunk, kill);
  });
  await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  const last = output.trim().split("\n").at(-1) ?? "";
  assert.ok(last !== "", `no report:\n${progress}`);
  return { report: searchReport.parse(JSON.parse(last)), progress };
}
