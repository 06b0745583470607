import { Socket } from "node:net";

export type OutputReader = {
  /** A chunk holds until the listener returns: what is kept must be copied. */
  onOutput(listener: (chunk: Buffer) => void): void;
  /**
   * To be called once the process has ended. Resolves after the last byte: true when the pipe came to its end, false
   * when something still holds it open although `stubborn` was called to end that, and all that was in it is read.
   */
  finish(stubborn: () => void): Promise<boolean>;
};

/** Rounds of the event loop without a byte after which a pipe counts as empty. Each round looks at the pipe once. */
const quietRounds = 3;

const readBytes = 64 * 1024;

/** Reads from a pipe as it fills. Chunks that come before there is a listener are kept for it. */
export const outputReader = (descriptor: number): OutputReader => {
  let early: Buffer[] = [];
  let listener: ((chunk: Buffer) => void) | null = null;
  let arrivals = 0;
  // One buffer for all reads: output passes through, and what becomes of it is the listener's to say.
  const onread = {
    buffer: Buffer.allocUnsafeSlow(readBytes),
    callback(bytes: number, buffer: Uint8Array) {
      arrivals += 1;
      const chunk = Buffer.from(buffer.buffer, buffer.byteOffset, bytes);
      if (listener) listener(chunk);
      else early.push(Buffer.from(chunk));
      return true;
    },
  };
  const socket = new Socket({ fd: descriptor, readable: true, writable: false, onread });
  // A pipe has no errors of its own: what is seen here is followed by `close`.
  socket.on("error", () => {});
  const closed = new Promise<true>((resolve) => socket.once("close", () => resolve(true)));

  const roundsUntilQuiet = async (): Promise<false> => {
    for (let quiet = 0, seen = arrivals; quiet < quietRounds; quiet += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (arrivals !== seen) quiet = -1;
      seen = arrivals;
    }
    return false;
  };

  return {
    onOutput(next) {
      listener = next;
      const waiting = early;
      early = [];
      for (const chunk of waiting) next(chunk);
    },
    async finish(stubborn) {
      if (socket.closed || (await Promise.race([closed, roundsUntilQuiet()]))) return true;
      stubborn();
      if (await Promise.race([closed, roundsUntilQuiet()])) return true;
      socket.destroy();
      await closed;
      return false;
    },
  };
};
