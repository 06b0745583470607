import { isDeepStrictEqual } from "node:util";
import type { CallToolResult, ReadResourceResult } from "@modelcontextprotocol/sdk/types.js";
import type { McpPart } from "./types.ts";

/* What servers answer, as texts and pictures. What is neither is named. */

const text = (words: string): McpPart => ({ type: "text", text: words });

type Contents = ReadResourceResult["contents"];

const contentsPart = (entry: Contents[number]): McpPart => {
  const kind = entry.mimeType === undefined ? "" : ` (${entry.mimeType})`;
  if ("text" in entry) return text(`[resource ${entry.uri}${kind}]\n${entry.text}`);
  if (/^image\//.test(entry.mimeType ?? "")) return { type: "image", bytes: Buffer.from(entry.blob, "base64") };
  return text(`[resource ${entry.uri}${kind}: ${Buffer.byteLength(entry.blob, "base64")} bytes that are no text]`);
};

const blockPart = (block: CallToolResult["content"][number]): McpPart => {
  switch (block.type) {
    case "text":
      return text(block.text);
    case "image":
      return { type: "image", bytes: Buffer.from(block.data, "base64") };
    case "audio":
      return text(`[${block.mimeType}: ${Buffer.byteLength(block.data, "base64")} bytes of sound]`);
    case "resource_link":
      return text(
        `[resource ${block.uri} "${block.name}"${block.description === undefined ? "" : `: ${block.description}`}]`,
      );
    case "resource":
      return contentsPart(block.resource);
  }
};

const parsed = (words: string): unknown => {
  try {
    return JSON.parse(words);
  } catch {
    return undefined;
  }
};

/** The pieces of a tool's answer. Structured content comes as JSON, unless a text says the same already. */
export const resultParts = ({ content, structuredContent }: CallToolResult): McpPart[] => {
  const parts = content.map(blockPart);
  if (structuredContent === undefined) return parts;
  const said = parts.some((part) => part.type === "text" && isDeepStrictEqual(parsed(part.text), structuredContent));
  return said ? parts : [...parts, text(JSON.stringify(structuredContent))];
};

/** The pieces of a resource. */
export const resourceParts = (contents: Contents): McpPart[] => contents.map(contentsPart);
