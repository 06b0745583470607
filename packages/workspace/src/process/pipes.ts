import { spawn } from "node:child_process";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { programPath } from "../sandbox/find-program.ts";

/*
 * Node gives children socket pairs, on which `echo > /dev/stderr` and `tee /dev/stdout` fail, and one for each of
 * stdout and stderr, so that their order is lost. Named pipes are real pipes and one can serve both. They are made by
 * mkfifo(1), some at a time, and used again and again. One difference to an unnamed pipe remains: a command that opens
 * /dev/stdin by name after `endInput` waits for ever; reading its standard input as such ends.
 */

const { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;
const batch = 4;

/** Both ends of a pipe. Our end never blocks; the child's does. */
export type Pipe = {
  readonly ours: number;
  readonly theirs: number;
  /**
   * Gives the pipe back once both ends are closed on our side. `clean` says that no other process has it open, so
   * that the next user starts with an empty one.
   */
  giveBack(clean: boolean): void;
};

export type Pipes = {
  /** Makes the first pipes ahead of need, so that it can go on beside other preparations. Throws when mkfifo fails. */
  prepare(): Promise<void>;
  /** A pipe to read a child's output from. */
  output(): Promise<Pipe>;
  /** A pipe to feed a child's input through. */
  input(): Promise<Pipe>;
};

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code;

const hasReader = (path: string): boolean => {
  try {
    closeSync(openSync(path, O_WRONLY | O_NONBLOCK));
    return true;
  } catch (error) {
    if (isCode(error, "ENXIO")) return false;
    throw error;
  }
};

const hasWriter = (path: string): boolean => {
  const descriptor = openSync(path, O_RDONLY | O_NONBLOCK);
  try {
    return readSync(descriptor, new Uint8Array(1)) !== 0;
  } catch (error) {
    if (isCode(error, "EAGAIN")) return true;
    throw error;
  } finally {
    closeSync(descriptor);
  }
};

/** True when no process has the pipe open. Then it is empty too: what it held went with the last of them. */
const isIdle = (path: string): boolean => !hasReader(path) && !hasWriter(path);

const makeFifos = (paths: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(programPath("mkfifo"), ["-m", "600", "--", ...paths], { stdio: "ignore" });
    child.on("error", (error) => reject(new Error(`mkfifo, a part of coreutils, does not start: ${error.message}`)));
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`mkfifo ended with ${code}`))));
  });

/** A pool of pipes in `folder`, which must be out of sight of the commands. */
export const createPipes = (folder: string): Pipes => {
  const free: string[] = [];
  // Pipes that something still had open at the end. With bubblewrap that is its last process, for a moment more.
  let resting: string[] = [];
  let made = 0;
  let making: Promise<void> | null = null;

  const make = async (): Promise<void> => {
    const paths = Array.from({ length: batch }, () => join(folder, `pipe-${++made}`));
    await makeFifos(paths);
    free.push(...paths);
  };

  const fill = (): Promise<void> => {
    making ??= make().finally(() => {
      making = null;
    });
    return making;
  };

  const rested = (): string | undefined => {
    const path = resting.find(isIdle);
    resting = resting.filter((other) => other !== path);
    return path;
  };

  const take = async (): Promise<string> => {
    for (;;) {
      const path = free.pop() ?? rested();
      if (path !== undefined) return path;
      await fill();
    }
  };

  const giveBack =
    (path: string) =>
    (clean: boolean): void => {
      (clean ? free : resting).push(path);
    };

  return {
    async prepare() {
      if (made === 0) await fill();
    },
    async output() {
      const path = await take();
      const ours = openSync(path, O_RDONLY | O_NONBLOCK);
      const theirs = openSync(path, O_WRONLY);
      return { ours, theirs, giveBack: giveBack(path) };
    },
    async input() {
      const path = await take();
      // Opening one end waits for the other, except in this way.
      const both = openSync(path, O_RDWR);
      const theirs = openSync(path, O_RDONLY);
      const ours = openSync(path, O_WRONLY | O_NONBLOCK);
      closeSync(both);
      return { ours, theirs, giveBack: giveBack(path) };
    },
  };
};
