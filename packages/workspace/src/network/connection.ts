import { connect, type Socket } from "node:net";
import { pipeline } from "node:stream";

/** A connection without a byte in either direction for this long is closed. */
export const idleMs = 10 * 60_000;
const dialMs = 10_000;
const mostAddresses = 4;

const dialOne = (address: string, port: number): Promise<Socket | string> =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port, allowHalfOpen: true });
    const limit = setTimeout(() => socket.destroy(new Error("no answer in time")), dialMs);
    const failed = (error: Error): void => {
      clearTimeout(limit);
      resolve(error.message);
    };
    socket.once("error", failed);
    socket.once("connect", () => {
      clearTimeout(limit);
      socket.off("error", failed);
      // Whoever uses it sees the end of it; an error without a listener would end our process.
      socket.on("error", () => {});
      socket.setTimeout(idleMs, () => socket.destroy());
      resolve(socket);
    });
  });

/** Connects to the first of the addresses that answers. A string says why none did. */
export const dial = async (addresses: readonly string[], port: number): Promise<Socket | string> => {
  let last = "no address";
  for (const address of addresses.slice(0, mostAddresses)) {
    const socket = await dialOne(address, port);
    if (typeof socket !== "string") return socket;
    last = socket;
  }
  return last;
};

/** Passes bytes both ways, each at the speed of its reader, until both sides have ended or one is broken. */
export const join = (client: Socket, remote: Socket): void => {
  const finished = (error: unknown): void => {
    if (!error) return;
    client.destroy();
    remote.destroy();
  };
  pipeline(client, remote, finished);
  pipeline(remote, client, finished);
};

const lingerMs = 5000;

/** Says the last thing. What still comes is read and dropped: only a socket that is read sees its other side's end. */
export const finish = (socket: Socket, last: string | Buffer): void => {
  socket.setTimeout(lingerMs);
  socket.end(last);
  socket.resume();
};

/** Waits until a paused socket may have more to read, or never will. */
const changeOf = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    const names = ["readable", "end", "close"];
    const done = (): void => {
      for (const name of names) socket.off(name, done);
      resolve();
    };
    for (const name of names) socket.on(name, done);
  });

/** Reads exactly `length` bytes of a paused socket; null when it ends before. What comes after them stays in it. */
export const take = async (socket: Socket, length: number): Promise<Buffer | null> => {
  let bytes = Buffer.alloc(0);
  for (;;) {
    // All there is: with a part left in it, the socket would call itself readable at once, again and again.
    const chunk: unknown = socket.read();
    if (Buffer.isBuffer(chunk)) {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length > length) socket.unshift(bytes.subarray(length));
      if (bytes.length >= length) return bytes.subarray(0, length);
    }
    if (socket.readableEnded || socket.destroyed) return null;
    await changeOf(socket);
  }
};
