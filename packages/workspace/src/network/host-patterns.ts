import { isIP } from "node:net";
import type { DomainPolicy } from "../types.ts";
import { type Authority, normaliseHost } from "./host-name.ts";

/** One entry of a list of hosts. */
export type HostPattern = {
  readonly text: string;
  /** Null in `*`, which stands for every host. */
  readonly host: string | null;
  readonly itself: boolean;
  readonly below: boolean;
  /** Null stands for every port. */
  readonly port: number | null;
};

/** A policy whose entries have been read. */
export type HostPolicy = {
  readonly allow: readonly HostPattern[];
  readonly deny: readonly HostPattern[];
  /** Null stands for all methods. */
  readonly methods: readonly string[] | null;
};

const splitPort = (text: string): { host: string; port: number | null } => {
  const parts = /^(\[.*\]|[^:]*):(\d+)$/.exec(text);
  return parts ? { host: parts[1] ?? "", port: Number(parts[2]) } : { host: text, port: null };
};

const isPort = (port: number): boolean => port >= 1 && port <= 65535;

const readPattern = (text: string): HostPattern | null => {
  const { host: written, port } = splitPort(text.trim());
  if (port !== null && !isPort(port)) return null;
  if (written === "*") return { text, host: null, itself: true, below: true, port };
  const stars = /^(\*{1,2})\./.exec(written)?.[1] ?? "";
  const host = normaliseHost(stars === "" ? written : written.slice(stars.length + 1));
  // Addresses have nothing below them.
  if (host === null || (stars !== "" && isIP(host) !== 0)) return null;
  return { text, host, itself: stars !== "*", below: stars !== "", port };
};

const entryForms =
  "write example.org, *.example.org, **.example.org, an address, or *, and :port after it if only one is meant";

/** Why a text is no entry of a list of hosts, with the remedy, as the end of a sentence about it; null when it is one. */
export const hostEntryProblem = (text: string): string | null => {
  if (readPattern(text) !== null) return null;
  const { port } = splitPort(text.trim());
  return port !== null && !isPort(port)
    ? `names the port ${port}, but ports go from 1 to 65535`
    : `is no host: ${entryForms}`;
};

/** Whether an entry speaks of this host and port. What is no entry speaks of none. */
export const hostEntryCovers = (text: string, at: Authority): boolean => {
  const pattern = readPattern(text);
  return pattern !== null && matches(pattern, at);
};

/** Reads a policy's entries. A string says which one cannot be understood: a list with a hole in it protects nobody. */
export const readHostPolicy = (policy: DomainPolicy): HostPolicy | string => {
  const read = { allow: [] as HostPattern[], deny: [] as HostPattern[] };
  for (const list of ["allow", "deny"] as const) {
    for (const entry of policy[list]) {
      const pattern = readPattern(entry);
      if (pattern === null) {
        return `the entry ${JSON.stringify(entry)} in the network's ${list} list ${hostEntryProblem(entry)}`;
      }
      read[list].push(pattern);
    }
  }
  return { ...read, methods: policy.methods === "all" ? null : policy.methods };
};

const matches = (pattern: HostPattern, { host, port }: Authority): boolean => {
  if (pattern.port !== null && pattern.port !== port) return false;
  if (pattern.host === null) return true;
  return (pattern.itself && host === pattern.host) || (pattern.below && host.endsWith(`.${pattern.host}`));
};

/** The first entry that speaks of this host and port. */
export const findPattern = (patterns: readonly HostPattern[], at: Authority): HostPattern | undefined =>
  patterns.find((pattern) => matches(pattern, at));

/** True when an entry is this very address, letter by letter: the only way to one that is not public. */
export const namesAddress = (patterns: readonly HostPattern[], at: Authority): boolean =>
  patterns.some((pattern) => pattern.host === at.host && matches(pattern, at));
