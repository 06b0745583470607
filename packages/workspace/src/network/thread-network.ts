import { closeSync } from "node:fs";
import type { Socket } from "node:net";
import type { Connection, ConnectionRequest, DomainPolicy, NetworkPolicy } from "../types.ts";
import { dial } from "./connection.ts";
import { createGate, refusalText } from "./gate.ts";
import { authorityText, normaliseHost } from "./host-name.ts";
import { readHostPolicy } from "./host-patterns.ts";
import { enterCommand, type Namespace, openNamespace, proxyPort } from "./namespace.ts";
import type { NetworkPorts } from "./network-ports.ts";
import { createProxy } from "./proxy.ts";

/** How a command enters the thread's network: put `launcher` before the sandbox's own command line, `env` inside. */
export type NetworkEntry =
  | { readonly ok: true; readonly launcher: readonly string[]; readonly env: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly message: string };

/**
 * A network namespace of a thread's own, with nothing in it but the loopback and a proxy on it. Made on first use, kept
 * until `close`, so that local servers of one command can be reached by another.
 */
export type ThreadNetwork = {
  /** The policy holds from now on, for commands that run already too. `bubblewrap` is the program's path. */
  enter(policy: DomainPolicy, bubblewrap: string): Promise<NetworkEntry>;
  /** A connection of our own, decided as those of commands are. Any policy will do; it holds from now on. */
  connect(policy: NetworkPolicy, request: ConnectionRequest): Promise<Connection>;
  close(): void;
};

/** Where commands have the host's network our own connections still keep to public addresses: a page may lead anywhere. */
const asDomains = (policy: Exclude<NetworkPolicy, { kind: "none" }>): DomainPolicy =>
  policy.kind === "domains" ? policy : { kind: "domains", allow: ["*"], deny: [], methods: "all" };

/** What programs go by. A proxy's URL for everything: clients that know SOCKS know HTTP too, and not the other way. */
const proxyEnvironment = (): Record<string, string> => {
  const url = `http://127.0.0.1:${proxyPort}`;
  const local = "localhost,127.0.0.1,::1";
  const lower = { http_proxy: url, https_proxy: url, all_proxy: url, no_proxy: local };
  const upper = { HTTP_PROXY: url, HTTPS_PROXY: url, ALL_PROXY: url, NO_PROXY: local };
  return { ...lower, ...upper, NODE_USE_ENV_PROXY: "1" };
};

const nobody: NetworkPorts = { ask: () => Promise.resolve(false), decided: () => {} };

/** Without `ports` nobody is asked, so what the policy does not allow is refused. */
export const createThreadNetwork = (ports: NetworkPorts = nobody): ThreadNetwork => {
  const gate = createGate(ports);
  const proxy = createProxy(gate);
  let opening: Promise<Namespace | string> | null = null;
  let closed = false;

  const release = (namespace: Namespace): void => {
    namespace.server.close();
    for (const descriptor of [namespace.net, namespace.user]) closeSync(descriptor);
  };

  const adopt = (policy: DomainPolicy): string | null => {
    const read = readHostPolicy(policy);
    if (typeof read === "string") return read;
    if (closed) return "the workspace was closed";
    gate.change(read);
    proxy.recheck();
    return null;
  };

  const open = async (bubblewrap: string): Promise<Namespace | string> => {
    const namespace = await openNamespace(bubblewrap);
    if (typeof namespace === "string") {
      // What was missing may be there the next time.
      opening = null;
      return namespace;
    }
    if (closed) {
      release(namespace);
      return "the workspace was closed";
    }
    proxy.serve(namespace.server);
    return namespace;
  };

  return {
    async enter(policy, bubblewrap) {
      const problem = adopt(policy);
      if (problem !== null) return { ok: false, message: `Not run: ${problem}.` };
      opening ??= open(bubblewrap);
      const namespace = await opening;
      if (typeof namespace === "string") return { ok: false, message: `Not run: ${namespace}.` };
      return { ok: true, launcher: enterCommand(namespace), env: proxyEnvironment() };
    },
    async connect(policy, { host: written, ...request }) {
      if (policy.kind === "none") return { ok: false, message: "not connected: there is no network here" };
      const host = normaliseHost(written);
      const problem = host === null ? `${JSON.stringify(written)} is no host` : adopt(asDomains(policy));
      if (host === null || problem !== null) return { ok: false, message: `not connected: ${problem}` };
      const wanted = { host, ...request };
      const admission = await gate.admit(wanted);
      if (!admission.ok) return { ok: false, message: refusalText(wanted, admission) };
      const socket: Socket | string = await dial(admission.addresses, request.port);
      if (typeof socket !== "string") return { ok: true, socket };
      return { ok: false, message: `${authorityText(wanted)} cannot be reached: ${socket}` };
    },
    close() {
      if (closed) return;
      closed = true;
      proxy.close();
      void opening?.then((namespace) => {
        if (typeof namespace !== "string") release(namespace);
      });
    },
  };
};
