import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod/mini";
import { isLocked } from "./lock.ts";
import { syncFolder } from "./log-writer.ts";
import { errorCode, storageError } from "./storage-error.ts";
import { findThread, isThreadId, makeFolder, newThreadId, threadFiles } from "./thread-files.ts";
import type { OpenFailure } from "./types.ts";

/*
 * Words for a thread from any process: a small file each in `<id>/inbox/`, whole and on the disk before its sender is
 * told so. The thread's one writer takes a message by writing it to the log under the message's id and then removing the
 * file; a file whose id the log has is only removed. So each is taken once, wherever a crash falls. Before that it renames
 * the file, and whoever takes words back removes it under its first name: one of the two comes first.
 */

const messageSchema = z.object({
  text: z.string(),
  /** `call`: with the next model call. `turn`: as the next turn. */
  at: z.enum(["call", "turn"]),
});
export type Message = z.infer<typeof messageSchema> & { readonly id: string };

const left = ".json";
const claimed = ".taking";
const endings = [left, claimed];

const inboxOf = (logPath: string): string => join(threadFiles(logPath).folder, "inbox");

export type LeftMessage = {
  readonly ok: true;
  readonly id: string;
  readonly running: boolean;
  /** The message's own id, which the item that delivers it has as `message_id`. */
  readonly message: string;
};

/**
 * Leaves words for a thread, whether it runs or not; once this returns they survive any crash. `running`: a process
 * works on the thread now. Throws `ThreadStorageError` when the disk refuses.
 */
export const leaveMessage = (
  home: string,
  idOrPrefix: string,
  message: z.infer<typeof messageSchema>,
): LeftMessage | OpenFailure => {
  const found = findThread(home, idOrPrefix);
  if (!found.ok) return found;
  const { files } = found;
  const inbox = inboxOf(files.log);
  makeFolder(inbox, home);
  // Names sort by time, so messages are taken in the order in which they were left.
  const name = newThreadId(Date.now());
  const draft = join(inbox, `${name}.new`);
  try {
    const fd = openSync(draft, "wx", 0o600);
    try {
      writeFileSync(fd, JSON.stringify(message));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(draft, join(inbox, `${name}${left}`));
    syncFolder(inbox);
    syncFolder(dirname(inbox));
  } catch (error) {
    rmSync(draft, { force: true });
    throw storageError(`leave a message in ${inbox}`, error);
  }
  return { ok: true, id: files.id, running: isLocked(files.folder), message: name };
};

/** Takes a message back that nobody has taken yet. False: it is delivered, or is being delivered at this moment. */
export const withdrawMessage = (home: string, idOrPrefix: string, message: string): boolean => {
  const found = findThread(home, idOrPrefix);
  if (!found.ok || !isThreadId(message)) return false;
  try {
    rmSync(join(inboxOf(found.files.log), `${message}${left}`));
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw storageError("take a message back", error);
  }
};

const namesIn = (inbox: string): string[] => {
  try {
    // Looked at before every model call; most threads have none, and an exception costs more than a look.
    return statSync(inbox, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(inbox);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw storageError(`read the messages in ${inbox}`, error);
  }
};

/** The messages that lie in the inbox of this log's thread, oldest first. Nobody but we write there: others are passed over. */
export const readMessages = (logPath: string): Message[] => {
  const inbox = inboxOf(logPath);
  const messages: Message[] = [];
  for (const name of namesIn(inbox).sort()) {
    const ending = endings.find((one) => name.endsWith(one));
    const id = name.slice(0, -(ending ?? "").length);
    if (ending === undefined || !isThreadId(id)) continue;
    const parsed = messageSchema.safeParse(parseJson(readFileSync(join(inbox, name), "utf8")));
    if (parsed.success) messages.push({ ...parsed.data, id });
  }
  return messages;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** From now on nobody can take the message back. False: somebody did. */
export const claimMessage = (logPath: string, id: string): boolean => {
  const path = join(inboxOf(logPath), id);
  return renamed(path + left, path + claimed) || existsSync(path + claimed);
};

/** A claimed message can be taken back again. */
export const unclaimMessage = (logPath: string, id: string): void => {
  const path = join(inboxOf(logPath), id);
  renamed(path + claimed, path + left);
};

/** False: there is no such file. */
const renamed = (from: string, to: string): boolean => {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw storageError("take a message", error);
  }
};

/** Removes a message that the log has on the disk. */
export const removeMessage = (logPath: string, id: string): void => {
  for (const ending of endings) rmSync(join(inboxOf(logPath), id + ending), { force: true });
};
