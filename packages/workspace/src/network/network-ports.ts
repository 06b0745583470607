/*
 * What the network of a thread asks and tells its owner.
 */

/** A connection that a command asks the proxy for. */
export type NetworkRequest = {
  /** Normalised: lower case, no dot at the end, an address in its usual form. */
  readonly host: string;
  readonly port: number;
  /** `connect` is a tunnel whose content cannot be seen (https, and all of SOCKS). */
  readonly protocol: "http" | "connect" | "socks";
  /** Null in a tunnel. */
  readonly method: string | null;
  /** Who wants it, in words, where that is no command. */
  readonly by?: string;
};

export type NetworkDecision = NetworkRequest & { readonly allowed: boolean; readonly why: string };

/** The proxy's way to whoever owns the thread. */
export type NetworkPorts = {
  /**
   * A host that no entry decides; the connection waits for the answer. Called once per host and port at a time, and again for
   * a later connection: who wants an answer to last keeps it. A rejection counts as no.
   */
  ask(request: NetworkRequest): Promise<boolean>;
  /** Told of every decision, for the log. */
  decided(decision: NetworkDecision): void;
  /** Looks a name's addresses up. The system's resolver where it is absent. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
};
