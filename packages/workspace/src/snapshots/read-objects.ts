import { spawn } from "node:child_process";
import { programPath } from "../sandbox/find-program.ts";
import { SnapshotError } from "../types.ts";
import { gitArguments, gitEnvironment, startFailure } from "./run-git.ts";
import type { Store } from "./store.ts";

/** Takes the content of one object, piece by piece, so that a large file is never whole in memory. */
export type ObjectSink = { write(chunk: Buffer): void; end(): void };

/** Splits the stream of `git cat-file --batch`: a header line, the content, a line feed, for each object. */
const createBatchParser = (open: (index: number) => ObjectSink, missing: (index: number) => void) => {
  let header: Buffer[] = [];
  let sink: ObjectSink | undefined;
  let left = 0;
  let index = 0;
  const readHeader = (chunk: Buffer): Buffer => {
    const feed = chunk.indexOf(10);
    if (feed < 0) {
      header.push(chunk);
      return chunk.subarray(chunk.length);
    }
    const line = Buffer.concat([...header, chunk.subarray(0, feed)]).toString("latin1");
    header = [];
    const size = / blob (\d+)$/.exec(line)?.[1];
    if (size === undefined) missing(index);
    else {
      sink = open(index);
      // The line feed after the content is counted too, and dropped.
      left = Number(size) + 1;
    }
    index += 1;
    return chunk.subarray(feed + 1);
  };
  const readContent = (chunk: Buffer, current: ObjectSink): Buffer => {
    const content = Math.min(chunk.length, left - 1);
    if (content > 0) current.write(chunk.subarray(0, content));
    const taken = Math.min(chunk.length, left);
    left -= taken;
    if (left === 0) {
      current.end();
      sink = undefined;
    }
    return chunk.subarray(taken);
  };
  return {
    push(chunk: Buffer): void {
      let rest = chunk;
      while (rest.length > 0) rest = sink === undefined ? readHeader(rest) : readContent(rest, sink);
    },
    count: () => index,
  };
};

/**
 * Streams objects of the store in the given order into the sinks that `open` returns. Throws `SnapshotError` when one
 * is missing, and whatever a sink throws.
 */
export const readObjects = async (
  store: Store,
  objects: readonly string[],
  open: (index: number) => ObjectSink,
): Promise<void> => {
  if (objects.length === 0) return;
  const args = gitArguments([...store.options, "cat-file", "--batch", "--buffer"]);
  const env = { ...gitEnvironment(), ...store.env };
  const child = spawn(programPath("git"), args, { cwd: store.gitDir, env, stdio: ["pipe", "pipe", "ignore"] });
  const failed = new Promise<never>((_, reject) => {
    child.on("error", (error) => reject(startFailure(error, store.gitDir)));
  });
  failed.catch(() => {});
  child.stdin.on("error", () => {});
  child.stdin.end(`${objects.join("\n")}\n`);
  const parser = createBatchParser(open, (index) => {
    throw new SnapshotError(`the snapshot store lacks the content ${objects[index] ?? ""}`);
  });
  const pump = async (): Promise<void> => {
    for await (const chunk of child.stdout) parser.push(chunk);
    if (parser.count() < objects.length) throw new SnapshotError("the snapshot store could not be read to its end");
  };
  try {
    await Promise.race([pump(), failed]);
  } finally {
    child.kill("SIGKILL");
  }
};
