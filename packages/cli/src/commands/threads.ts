import { listThreads, readThread, renameThread, type ThreadSummary } from "@fettle/agent";
import { isPrinted, plainText, type SealedBeginning } from "@fettle/protocol";
import { fettleHome } from "../home.ts";
import { openError } from "../open-error.ts";
import { parseOptions } from "../options.ts";
import { coloursFor } from "../render/colours.ts";
import { oneLine } from "../render/plain-text.ts";
import { progressLines } from "../render/progress.ts";
import { UsageError } from "../usage-error.ts";
import { withoutSecrets } from "../without-secrets.ts";
import { threadsHelp } from "./help.ts";

const ago = (iso: string): string => {
  const minutes = Math.max(0, Math.round((Date.now() - Date.parse(iso)) / 60_000));
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h ago`;
  return `${Math.round(minutes / 1440)} days ago`;
};

const row = (thread: ThreadSummary): string =>
  `${thread.id}  ${ago(thread.updatedAt).padEnd(11)}  ${thread.state.padEnd(11)}  ${oneLine(thread.title, 60)}${thread.parent === null ? "" : `  (helps ${thread.parent})`}`;

/** What only the provider's own model can read is told by its size. */
const besides = (sealed: SealedBeginning | undefined): string => {
  if (sealed === undefined) return "";
  const bytes = sealed.encrypted.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return `; beside it what ${oneLine(sealed.model, 80)} reads of its provider's own making, ${bytes} bytes`;
};

/** Every checkpoint of the thread: what the model read from there on in the place of what came before. */
const showCheckpoints = (id: string): number => {
  const read = readThread(fettleHome(), id);
  if (!read.ok) throw openError(read);
  const found = read.events.filter((event) => event.type === "thread.compacted");
  if (found.length === 0) process.stderr.write("the conversation of this thread was not compacted yet\n");
  for (const { at, reason, tokens_before: before, tokens_after: after, checkpoint, sealed } of found) {
    process.stdout.write(`=== ${at} (${reason}; from about ${before} to ${after} tokens${besides(sealed)})\n`);
    process.stdout.write(`${plainText(checkpoint)}\n\n`);
  }
  return 0;
};

const show = (id: string, json: boolean): number => {
  const read = readThread(fettleHome(), id);
  if (!read.ok) throw openError(read);
  const colours = coloursFor(process.stdout);
  for (const event of read.events) {
    if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
    else if (isPrinted(event)) {
      const words =
        event.type === "item.completed" && event.item.type === "user_message"
          ? colours.bold(`> ${oneLine(event.item.text, 2000)}`)
          : progressLines(event, colours);
      if (words !== null) process.stdout.write(`${words}\n`);
    }
  }
  return 0;
};

/** Gives a thread another name; the empty one takes it away. */
const rename = async (words: readonly string[]): Promise<number> => {
  const [id, title, ...more] = words;
  if (id === undefined || title === undefined) throw new UsageError("threads rename needs a thread id and a title");
  if (more.length > 0) throw new UsageError("one title expected; put quotes around it");
  const renamed = renameThread(fettleHome(), id, await withoutSecrets(fettleHome(), title));
  if (!renamed.ok) throw openError(renamed);
  process.stdout.write(`thread ${renamed.id}: ${renamed.title === "" ? "no name" : renamed.title}\n`);
  return 0;
};

/** `fettle threads`: what was done before, and how to get back to it. */
export const threads = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("threads", args, {
    all: { type: "boolean" },
    limit: { type: "string" },
    json: { type: "boolean" },
    checkpoints: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help === true) {
    process.stdout.write(threadsHelp);
    return 0;
  }
  if (positionals[0] === "show") {
    const id = positionals[1];
    if (id === undefined) throw new UsageError("threads show needs a thread id; see: fettle threads");
    return values.checkpoints === true ? showCheckpoints(id) : show(id, values.json === true);
  }
  if (positionals[0] === "rename") return rename(positionals.slice(1));
  if (positionals.length > 0)
    throw new UsageError(`unknown argument ${JSON.stringify(positionals[0])}; see: fettle threads --help`);
  const limit = Number(values.limit ?? 20);
  if (!Number.isInteger(limit) || limit < 1)
    throw new UsageError(`--limit must be a whole number above 0, not ${values.limit}`);
  const cwd = values.all === true ? {} : { cwd: process.cwd() };
  const found = listThreads(fettleHome(), { limit, ...cwd });
  if (values.json === true) for (const thread of found) process.stdout.write(`${JSON.stringify(thread)}\n`);
  else if (found.length > 0) process.stdout.write(`${found.map(row).join("\n")}\n`);
  else
    process.stderr.write(
      values.all === true ? "no threads yet\n" : "no threads in this folder yet; --all shows others\n",
    );
  return 0;
};
