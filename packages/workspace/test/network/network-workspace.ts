import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { dirname } from "node:path";
import type { TestContext } from "node:test";
import type { NetworkDecision, NetworkRequest } from "../../src/network/network-ports.ts";
import { quoteForShell } from "../../src/process/shell-command.ts";
import type { DomainPolicy } from "../../src/types.ts";
import { openTestWorkspace, policyOf, type TestWorkspace } from "../sandbox/test-workspace.ts";

/** A loopback address that `no_proxy` does not name, so that programs use the proxy for it. */
export const hostAddress = "127.0.0.2";

export const domains = (allow: readonly string[] = [], more: Partial<DomainPolicy> = {}): DomainPolicy => ({
  kind: "domains",
  allow,
  deny: [],
  methods: "all",
  ...more,
});

/** This Node, for use in sandboxed scripts; the system's may be older or missing. */
export const node = process.execPath;

export type NetworkWorkspace = Omit<TestWorkspace, "run"> & {
  readonly asked: NetworkRequest[];
  readonly decisions: NetworkDecision[];
  /** Runs a script with that network. */
  run(script: string, network: DomainPolicy): ReturnType<TestWorkspace["run"]>;
};

export const openNetworkWorkspace = async (
  t: TestContext,
  ports: { ask?: (request: NetworkRequest) => Promise<boolean>; resolve?: (name: string) => Promise<string[]> } = {},
): Promise<NetworkWorkspace> => {
  const asked: NetworkRequest[] = [];
  const decisions: NetworkDecision[] = [];
  const opened = await openTestWorkspace(t, () => {}, {
    ask: async (request) => {
      asked.push(request);
      return (await ports.ask?.(request)) ?? false;
    },
    decided: (decision) => decisions.push(decision),
    // No test depends on what the machine's resolver says.
    resolve: ports.resolve ?? (() => Promise.reject(new Error("no such name"))),
  });
  const run: NetworkWorkspace["run"] = (script, network) =>
    opened.run(script, { policy: policyOf({ network, readableRoots: [dirname(node)] }), timeoutMs: 60_000 });
  return { ...opened, asked, decisions, run };
};

const listening = async (t: TestContext, server: Server, address: string, port = 0): Promise<number> => {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, resolve);
  });
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
};

export type HttpHost = { readonly port: number; readonly seen: string[] };

/** A web server on the host. `seen` has the first line and the Host header of each request that came. */
export const httpHost = async (
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) =>
    response.end("hello\n"),
  address = hostAddress,
): Promise<HttpHost> => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.host}`);
    answer(request, response);
  });
  t.after(() => server.closeAllConnections());
  return { port: await listening(t, server, address), seen };
};

export type TcpHost = { readonly port: number; readonly connections: () => number; readonly received: () => string };

/** A listener on the host that keeps what it gets and says `greeting` to everybody. */
export const tcpHost = async (
  t: TestContext,
  address: string,
  greeting = "reached\n",
  port = 0,
): Promise<TcpHost & { until(fits: (open: number) => boolean): Promise<void> }> => {
  let connections = 0;
  let open = 0;
  let received = "";
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    const all = waiting;
    waiting = [];
    for (const next of all) next();
  };
  const server = createTcpServer((socket) => {
    connections += 1;
    open += 1;
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
    });
    socket.on("close", () => {
      open -= 1;
      wake();
    });
    socket.write(greeting);
    t.after(() => socket.destroy());
    wake();
  });
  const bound = await listening(t, server, address, port);
  const until = async (fits: (open: number) => boolean): Promise<void> => {
    while (!fits(open)) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return { port: bound, connections: () => connections, received: () => received, until };
};

/** Sends bytes to the proxy and prints what comes back. */
export const toProxy = (...parts: readonly string[]): string =>
  `(exec 9<>/dev/tcp/127.0.0.1/3128; ${parts.map((part) => `printf %b ${quoteForShell(part)} >&9`).join("; ")}; timeout 5 cat <&9; echo)`;

/** Asks the proxy for a URL in exactly these words. */
export const get = (url: string, headers = ""): string =>
  toProxy(`GET ${url} HTTP/1.1\\r\\n${headers}Connection: close\\r\\n\\r\\n`);

/** Runs a piece of JavaScript. */
export const runNode = (code: string): string => `${node} -e ${quoteForShell(code)}`;
