import { isUtf8 } from "node:buffer";
import { type Dirent, readdirSync, readlinkSync } from "node:fs";

/*
 * Names on a disk are bytes. One that is no UTF-8 is kept as a mark with its bytes as characters behind it, so that
 * paths are strings everywhere; only what is handed to the system has the bytes again.
 */

/** Half of a character: no text that was UTF-8 has it. */
const mark = "\uDC00";
const replacement = "\uFFFD";

const nameOf = (bytes: Buffer): string =>
  isUtf8(bytes) ? bytes.toString("utf8") : `${mark}${bytes.toString("latin1")}`;

const bytesOf = (name: string): Buffer =>
  name.startsWith(mark) ? Buffer.from(name.slice(mark.length), "latin1") : Buffer.from(name);

/** The path whose bytes these are. */
export const pathOf = (bytes: Buffer): string =>
  isUtf8(bytes)
    ? bytes.toString("utf8")
    : bytes
        .toString("latin1")
        .split("/")
        .map((name) => nameOf(Buffer.from(name, "latin1")))
        .join("/");

/** False when a name in it is no UTF-8: it cannot be an argument of a program, nor be mounted. */
export const isText = (path: string): boolean => path.isWellFormed();

/** For calls of the system. */
export const onDisk = (path: string): string | Buffer =>
  isText(path)
    ? path
    : Buffer.from(
        path
          .split("/")
          .map((name) => bytesOf(name).toString("latin1"))
          .join("/"),
        "latin1",
      );

/** The same of one name. */
export const nameOnDisk = (name: string): Buffer => bytesOf(name);

/** Names in a folder. Throws as the system does. */
export const namesIn = (folder: string): string[] => {
  const names = readdirSync(onDisk(folder), "utf8");
  return names.some((name) => name.includes(replacement)) ? readdirSync(onDisk(folder), "buffer").map(nameOf) : names;
};

export type Entry = Pick<Dirent, "name" | "isDirectory" | "isSymbolicLink" | "isSocket">;

/** The same with their kinds. */
export const entriesIn = (folder: string): Entry[] => {
  const entries = readdirSync(onDisk(folder), { withFileTypes: true, encoding: "utf8" });
  if (!entries.some(({ name }) => name.includes(replacement))) return entries;
  return readdirSync(onDisk(folder), { withFileTypes: true, encoding: "buffer" }).map((entry) => ({
    name: nameOf(entry.name),
    isDirectory: () => entry.isDirectory(),
    isSymbolicLink: () => entry.isSymbolicLink(),
    isSocket: () => entry.isSocket(),
  }));
};

/** Where a link leads, as it stands in it. Throws as the system does. */
export const targetOf = (link: string): string => pathOf(readlinkSync(onDisk(link), "buffer"));
