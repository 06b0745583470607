import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hostEntryProblem } from "@fettle/workspace";
import { errorCode } from "../thread/storage-error.ts";
import { changeFile } from "./change-file.ts";

/*
 * FETTLE_HOME/allowed-hosts: the hosts that a person always allows, one entry a line; `#` begins a comment. An entry
 * without a port stands for the web's two, so that an answer about a web page opens no other door of that host.
 */

const fileOf = (home: string): string => join(home, "allowed-hosts");
const webPorts = [80, 443];

/** The entry that `always` stands for: the web's two ports go together, any other is allowed alone. */
export const entryFor = (host: string, port: number): string => {
  if (webPorts.includes(port)) return host;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
};

const hasPort = (entry: string): boolean => /(?:^[^:]*|\]):\d+$/.test(entry);

/** An entry of the file as entries of a network policy, each with its port. */
export const withPorts = (given: string): string[] => {
  const entry = given.trim().toLowerCase();
  if (hasPort(entry)) return [entry];
  const host = entry.includes(":") && !entry.startsWith("[") ? `[${entry}]` : entry;
  return webPorts.map((port) => `${host}:${port}`);
};

const problemOf = (entry: string): string | null =>
  entry === "*" ? "is every host, which only the configuration can allow" : hostEntryProblem(entry);

const read = (home: string): string => {
  try {
    return readFileSync(fileOf(home), "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "";
    throw error;
  }
};

const entryIn = (line: string): string => line.replace(/#.*/, "").trim().toLowerCase();

export type AllowedHosts =
  /** Entries of a network policy, each with its port. */
  { readonly ok: true; readonly allow: readonly string[] } | { readonly ok: false; readonly message: string };

/** The hosts that are allowed for every thread; a line that is no host makes the file an error that names it. */
export const readAllowedHosts = (home: string): AllowedHosts => {
  let text: string;
  try {
    text = read(home);
  } catch (error) {
    return { ok: false, message: `${fileOf(home)} cannot be read (${errorCode(error)})` };
  }
  const allow: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const entry = entryIn(line);
    if (entry === "") continue;
    const problem = problemOf(entry);
    if (problem !== null)
      return { ok: false, message: `${fileOf(home)}:${index + 1}: ${JSON.stringify(entry)} ${problem}` };
    allow.push(...withPorts(entry));
  }
  return { ok: true, allow };
};

/** Why this cannot be an entry; null when it can. */
export const allowedHostProblem = (given: string): string | null => {
  const entry = given.trim().toLowerCase();
  // In the file it would be cut there, or become a second line.
  const problem = /[#\n\r]/.test(entry) ? "is no host" : problemOf(entry);
  return problem === null ? null : `${JSON.stringify(given)} ${problem}`;
};

/** Adds an entry for all threads from now on. Null, or why it was not written. */
export const allowHost = (home: string, given: string): string | null => {
  const entry = given.trim().toLowerCase();
  return (
    allowedHostProblem(given) ??
    changeFile(fileOf(home), (text) =>
      text.split("\n").map(entryIn).includes(entry)
        ? { ok: true, text }
        : { ok: true, text: `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${entry}\n` },
    )
  );
};
