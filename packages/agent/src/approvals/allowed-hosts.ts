import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../thread/storage-error.ts";
import { replaceFile } from "./replace-file.ts";

/*
 * FETTLE_HOME/allowed-hosts: the hosts that a person always allows, one pattern a line; `#` begins a comment.
 */

const fileOf = (home: string): string => join(home, "allowed-hosts");
const hostPattern =
  /^(?:\*{1,2}\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?::\d{1,5})?$|^[0-9a-f:.]+$|^\[[0-9a-f:.]+\](?::\d{1,5})?$/;

/** The entry that `always` stands for: the web's two ports go together, any other is allowed alone. */
export const entryFor = (host: string, port: number): string => {
  if (port === 80 || port === 443) return host;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
};

const read = (home: string): string => {
  try {
    return readFileSync(fileOf(home), "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "";
    throw error;
  }
};

const patternsIn = (text: string): string[] =>
  text.split("\n").flatMap((line) => {
    const pattern = line.replace(/#.*/, "").trim().toLowerCase();
    return hostPattern.test(pattern) ? [pattern] : [];
  });

/** The patterns that hold for every thread. Lines that are none are passed over. Throws when the file cannot be read. */
export const readAllowedHosts = (home: string): string[] => patternsIn(read(home));

/** Adds a pattern for all threads from now on. Null, or why it was not written. */
export const allowHost = (home: string, given: string): string | null => {
  const pattern = given.trim().toLowerCase();
  if (!hostPattern.test(pattern)) return `${JSON.stringify(given)} is not a host`;
  try {
    const text = read(home);
    if (patternsIn(text).includes(pattern)) return null;
    replaceFile(fileOf(home), `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${pattern}\n`);
    return null;
  } catch (error) {
    return `${fileOf(home)} cannot be written (${errorCode(error)})`;
  }
};
