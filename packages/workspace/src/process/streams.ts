import { closeSync, fstatSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { type OutputReader, outputReader } from "./output-reader.ts";
import type { Pipe, Pipes } from "./pipes.ts";

/** What a child has as its standard streams, and our ends of them. */
export type Streams = {
  readonly stdio: readonly [stdin: number | "ignore", stdout: number | "ignore", stderr: number | "ignore"];
  /** Closes the child's ends on our side; to be called once after the attempt to start it. */
  started(): void;
  /** Instead of everything below when there is no child. */
  abandon(): void;
  onOutput(listener: (chunk: Buffer) => void): void;
  write(data: string): void;
  endInput(): void;
  /** After the child's exit, as `OutputReader.finish`; gives the pipes back. Resolves with what went wrong on the way. */
  finish(stubborn: () => void): Promise<readonly string[]>;
};

/** The end of a pipe that writes to the child. Its errors only say that the child no longer reads. */
const inputWriter = (pipe: Pipe): Socket => {
  const writer = new Socket({ fd: pipe.ours, readable: false, writable: true });
  writer.on("error", () => {});
  return writer;
};

const abandonPipes = (pipes: readonly (Pipe | null)[]): void => {
  for (const pipe of pipes) {
    if (pipe === null) continue;
    closeSync(pipe.ours);
    pipe.giveBack(true);
  }
};

const closeTheirs = (pipes: readonly (Pipe | null)[]): void => {
  for (const pipe of pipes) if (pipe !== null) closeSync(pipe.theirs);
};

/** Stdout and stderr in one pipe, in their order; stdin empty or open for `write`. */
export const capturedStreams = async (pipes: Pipes, stdin: boolean): Promise<Streams> => {
  const output = await pipes.output();
  const input = stdin ? await pipes.input() : null;
  let reader: OutputReader | null = null;
  let writer: Socket | null = null;
  return {
    stdio: [input?.theirs ?? "ignore", output.theirs, output.theirs],
    started() {
      closeTheirs([input, output]);
      reader = outputReader(output.ours);
      writer = input ? inputWriter(input) : null;
    },
    abandon: () => {
      closeTheirs([input, output]);
      abandonPipes([input, output]);
    },
    onOutput: (listener) => reader?.onOutput(listener),
    write: (data) => writer?.write(data),
    endInput: () => writer?.end(),
    async finish(stubborn) {
      writer?.destroy();
      const clean = (await reader?.finish(stubborn)) ?? true;
      output.giveBack(clean);
      input?.giveBack(clean);
      return [];
    },
  };
};

/**
 * How one of our own streams is given to a child: `hand-over` as it is, `nothing`, or `copy` through a pipe. A file, a
 * folder or a terminal is never handed over: through /proc/self/fd it can be opened again, for writing too.
 */
const wayOf = (descriptor: number): "hand-over" | "nothing" | "copy" => {
  try {
    const stats = fstatSync(descriptor);
    if (stats.isFIFO() || stats.isSocket()) return "hand-over";
    return stats.isCharacterDevice() && stats.rdev === fstatNull ? "nothing" : "copy";
  } catch {
    // It was closed when we were started.
    return "nothing";
  }
};

/** The device number of /dev/null on Linux: major 1, minor 3. */
const fstatNull = (1 << 8) | 3;

const isSame = (a: number, b: number): boolean => {
  const [first, second] = [fstatSync(a), fstatSync(b)];
  return first.dev === second.dev && first.ino === second.ino;
};

type OutputCopy = { readonly pipe: Pipe; start(): void; finish(stubborn: () => void): Promise<readonly string[]> };

const outputCopy = async (pipes: Pipes, descriptor: number): Promise<OutputCopy> => {
  const pipe = await pipes.output();
  let reader: OutputReader | null = null;
  let problem: string | null = null;
  const copy = (chunk: Buffer): void => {
    try {
      for (let at = 0; at < chunk.length && problem === null; ) at += writeSync(descriptor, chunk, at);
    } catch (error) {
      problem = `standard ${descriptor === 1 ? "output" : "error"} cannot be written (${(error as NodeJS.ErrnoException).code})`;
    }
  };
  return {
    pipe,
    start() {
      reader = outputReader(pipe.ours);
      reader.onOutput(copy);
    },
    async finish(stubborn) {
      pipe.giveBack((await reader?.finish(stubborn)) ?? true);
      return problem === null ? [] : [problem];
    },
  };
};

/** Our own standard streams. What is a pipe is handed over, so that its ends see each other; the rest is copied. */
export const ownStreams = async (pipes: Pipes): Promise<Streams> => {
  const ways = [wayOf(0), wayOf(1), wayOf(2)] as const;
  const input = ways[0] === "copy" ? await pipes.input() : null;
  const out = ways[1] === "copy" ? await outputCopy(pipes, 1) : null;
  const together = out !== null && ways[2] === "copy" && isSame(1, 2);
  const err = together ? out : ways[2] === "copy" ? await outputCopy(pipes, 2) : null;
  const copies = [...new Set([out, err])].filter((copy) => copy !== null);
  const all = [input, ...copies.map((copy) => copy.pipe)];
  const given = (way: (typeof ways)[number], descriptor: number, pipe: Pipe | undefined | null): number | "ignore" =>
    way === "hand-over" ? descriptor : (pipe?.theirs ?? "ignore");
  let writer: Socket | null = null;
  return {
    stdio: [given(ways[0], 0, input), given(ways[1], 1, out?.pipe), given(ways[2], 2, err?.pipe)],
    started() {
      closeTheirs(all);
      for (const copy of copies) copy.start();
      if (input === null) return;
      writer = inputWriter(input);
      const end = writer;
      process.stdin.on("error", () => end.end());
      process.stdin.pipe(writer);
    },
    abandon() {
      closeTheirs(all);
      abandonPipes(all);
    },
    onOutput() {},
    write() {},
    endInput() {},
    async finish(stubborn) {
      if (writer) {
        process.stdin.unpipe(writer);
        process.stdin.pause();
        writer.destroy();
        input?.giveBack(true);
      }
      return (await Promise.all(copies.map((copy) => copy.finish(stubborn)))).flat();
    },
  };
};
