import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readImage } from "@fettle/agent";
import { RpcError, rpcCodes } from "@fettle/protocol";
import type { Block } from "./schemas.ts";
import { fenced } from "./tool-calls.ts";

/* What a person wrote in an editor, with what they put in, as words and pictures for a turn. */

export type PromptPorts = {
  /** The text that the editor has of a file, saved or not; null when it does not tell. */
  editorText(path: string): Promise<string | null>;
  /** Where pictures are kept beside the thread's log; made with the first. */
  readonly folder: string;
};

/** What the model can read itself is not quoted at any length. */
const mostQuoted = 200_000;

const pathOf = (uri: string): string | null => {
  try {
    return uri.startsWith("file:") ? fileURLToPath(uri) : null;
  } catch {
    return null;
  }
};

const diskText = (path: string): string | null => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
};

/** Commands see the disk: what the editor has and the disk has not must be told. */
const unsaved = async (path: string, ports: PromptPorts): Promise<string[]> => {
  const text = await ports.editorText(path);
  if (text === null || text === diskText(path)) return [];
  if (text.length > mostQuoted) return [`${path} has unsaved changes in the editor, too long to quote.`];
  return [`${path} has unsaved changes in the editor, where it reads:\n${fenced(text)}`];
};

const keepPicture = (data: string, ports: PromptPorts, index: number): string => {
  mkdirSync(ports.folder, { recursive: true, mode: 0o700 });
  const path = join(ports.folder, `picture-${crypto.randomUUID()}`);
  writeFileSync(path, Buffer.from(data, "base64"), { mode: 0o600 });
  const image = readImage(path, { base: "/" });
  if (image.ok) return path;
  rmSync(path);
  const what = "it is not a PNG, JPEG, GIF or WebP picture of at most 10 MB";
  throw new RpcError(rpcCodes.invalidParams, `prompt.${index}: ${what}`);
};

type Said = { readonly text: string; readonly images: readonly string[]; readonly quoted: readonly string[] };

const blockOf = async (block: Block, index: number, ports: PromptPorts): Promise<Said> => {
  const nothing = { text: "", images: [], quoted: [] };
  switch (block.type) {
    case "text":
      return { ...nothing, text: block.text };
    case "image":
      return { ...nothing, images: [keepPicture(block.data, ports, index)] };
    case "resource_link": {
      const path = pathOf(block.uri);
      if (path === null) return { ...nothing, text: `[${block.name}](${block.uri})` };
      return { ...nothing, text: `\`${path}\``, quoted: await unsaved(path, ports) };
    }
    case "resource": {
      const { uri, mimeType, text, blob } = block.resource;
      const name = pathOf(uri) ?? uri;
      if (text !== undefined) return { ...nothing, text: `\`${name}\``, quoted: [`${name}:\n${fenced(text)}`] };
      if (blob !== undefined && mimeType?.startsWith("image/") === true)
        return { ...nothing, text: `\`${name}\``, images: [keepPicture(blob, ports, index)] };
      return { ...nothing, text: `\`${name}\` (not text)` };
    }
  }
};

/** The words of a prompt, what was put in quoted after them, and the paths of its pictures. */
export const readPromptBlocks = async (
  blocks: readonly Block[],
  ports: PromptPorts,
): Promise<{ text: string; images: string[] }> => {
  const said: Said[] = [];
  for (const [index, block] of blocks.entries()) said.push(await blockOf(block, index, ports));
  const words = said.map(({ text }) => text).join("");
  const quoted = said.flatMap((part) => part.quoted);
  return { text: [words, ...quoted].join("\n\n").trim(), images: said.flatMap(({ images }) => images) };
};
