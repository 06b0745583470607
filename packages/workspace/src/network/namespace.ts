import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { Server } from "node:net";
import { findProgram } from "../sandbox/find-program.ts";

/*
 * A network namespace without a process in it. A short-lived one makes it and a listening socket in it, and hands the
 * socket over; then open descriptors of the namespace files keep it alive. They go with our process, however it ends.
 */

/** The proxy's port on the namespace's loopback. */
export const proxyPort = 3128;

export type Namespace = {
  /** Listens inside; its connections are accepted here. */
  readonly server: Server;
  /** Descriptors of the namespaces, closed when a program is executed. */
  readonly net: number;
  readonly user: number;
  readonly nsenter: string;
};

/** Runs inside, by `node -e`. It ends as soon as our end of the channel is gone. */
const holderScript = `
process.on("disconnect", () => process.exit());
const server = require("node:net").createServer();
server.listen(${proxyPort}, "127.0.0.1", () => process.send(process.pid, server));`;

/** bubblewrap rather than unshare(1): where only named programs may make user namespaces, it is the one allowed to. */
const holderArguments =
  "--unshare-user --unshare-net --die-with-parent --new-session --dev-bind / / --chdir / --".split(" ");
const holderLimitMs = 20_000;

/** The words that bring a command into the namespace. They replace themselves by the command, under the same id. */
export const enterCommand = ({ nsenter, user, net }: Namespace): string[] => [
  ...[nsenter, "--preserve-credentials"],
  ...[`--user=/proc/${process.pid}/fd/${user}`, `--net=/proc/${process.pid}/fd/${net}`, "--"],
];

type Ended = { readonly code: number | null; readonly output: string };

/** Collects what a child says, and waits for its end. (`close` of a child does not come once we left its channel.) */
const endOf = async (child: ChildProcess): Promise<Ended> => {
  let output = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  try {
    const said = child.stderr && once(child.stderr, "close");
    const [code] = (await once(child, "exit")) as [number | null];
    await said;
    return { code, output: output.trim().split("\n").at(-1) ?? "" };
  } catch (error) {
    return { code: null, output: error instanceof Error ? error.message : String(error) };
  }
};

type Handed = { readonly pid: number; readonly server: Server };

/** What the holder hands over, or why it did not. */
const receive = async (child: ChildProcess, ended: Promise<Ended>): Promise<Handed | string> => {
  const handed = new Promise<Handed | string>((resolve) => {
    child.once("message", (pid, server) =>
      resolve(server instanceof Server ? { pid: Number(pid), server } : "no socket was handed over"),
    );
  });
  const early = ended.then(({ code, output }) => output || `its first process ended with ${code}`);
  return Promise.race([handed, early]);
};

const hold = async (bubblewrap: string, nsenter: string): Promise<Namespace | string> => {
  const child = spawn(bubblewrap, [...holderArguments, process.execPath, "-e", holderScript], {
    cwd: "/",
    env: {},
    // Out of the terminal's reach, where Ctrl-C would end it.
    detached: true,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const ended = endOf(child);
  const limit = setTimeout(() => child.kill("SIGKILL"), holderLimitMs);
  const handed = await receive(child, ended);
  const opened: number[] = [];
  try {
    if (typeof handed === "string") return handed;
    for (const name of ["net", "user"]) opened.push(openSync(`/proc/${handed.pid}/ns/${name}`, "r"));
    const [net = -1, user = -1] = opened;
    return { server: handed.server, net, user, nsenter };
  } catch (error) {
    for (const descriptor of opened) closeSync(descriptor);
    if (typeof handed !== "string") handed.server.close();
    return error instanceof Error ? error.message : String(error);
  } finally {
    if (child.connected) child.disconnect();
    // Until it has gone, it could accept connections itself.
    await ended;
    clearTimeout(limit);
  }
};

/** Enters once, with a sandbox inside, so that a machine which forbids that is known before a command runs. */
const tryOut = async (namespace: Namespace, bubblewrap: string): Promise<string | null> => {
  const [file = "", ...args] = enterCommand(namespace);
  const inside = [bubblewrap, "--unshare-user", "--ro-bind", "/", "/", "--", "/bin/sh", "-c", ":"];
  const child = spawn(file, [...args, ...inside], {
    cwd: "/",
    env: {},
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const { code, output } = await endOf(child);
  return code === 0 ? null : output || `nsenter ended with ${code}`;
};

/** Makes one, in about 60 ms. A string is a sentence that says why it cannot be had, and the remedy. Never rejects. */
export const openNamespace = async (bubblewrap: string): Promise<Namespace | string> => {
  const nsenter = findProgram("nsenter");
  if (nsenter === null) {
    return "the network for allowed hosts needs nsenter, which is not installed. Remedy: install util-linux, or switch the network off";
  }
  const namespace = await hold(bubblewrap, nsenter).catch((error: unknown) => String(error));
  const problem = typeof namespace === "string" ? namespace : await tryOut(namespace, bubblewrap);
  if (typeof namespace !== "string" && problem === null) return namespace;
  if (typeof namespace !== "string") {
    namespace.server.close();
    for (const descriptor of [namespace.net, namespace.user]) closeSync(descriptor);
  }
  return `the network for allowed hosts cannot be made here (${problem}). Remedy: allow nsenter and bubblewrap to make and enter user namespaces, or switch the network off`;
};
