import type { EventOf, ToldFile, UserMessageItem } from "@fettle/protocol";
import { skillOpening } from "../instruction-files/openings.ts";
import { readText } from "../instruction-files/read.ts";
import { section, textOf, usedOf } from "../instruction-files/shares.ts";
import type { ToldFiles } from "../instruction-files/told-files.ts";
import { sha256 } from "../trust/store.ts";
import { readFrontmatter } from "./frontmatter.ts";
import type { Skill } from "./load.ts";
import { type Mention, mentionsIn, withArguments } from "./mentions.ts";

/** Bytes of one skill's text that come with the words which name it; the model can read the rest. */
const mostBytes = 32 * 1024;

type Message = EventOf<"input.added">;

const whose = { user: "the user's own", repository: "of the repository" } as const;

const message = ({ skill, args }: Mention, told: ToldFiles): Message | null => {
  const { name, origin, path, boundary } = skill;
  const found = readText(path, { boundary, maxBytes: mostBytes, notices: [] });
  const used = found === null ? 0 : usedOf(found, Math.min(found.bytes, mostBytes));
  const text = found === null ? "[this file could not be read]" : textOf(found, used);
  const read = readFrontmatter(text);
  const body = read.ok ? read.body : text;
  const shown = args === null ? body : withArguments(body, args);
  const file: ToldFile = {
    kind: "skill",
    path,
    sha256: sha256(shown),
    bytes: found?.bytes ?? 0,
    used_bytes: used,
  };
  // It stands in the conversation already, and stays there.
  if (told.latest("skill").get(path)?.sha256 === file.sha256) return null;
  const how = args === null ? "" : ", as a command";
  const head = `${skillOpening} ${name} (${whose[origin]})${how}. Follow it for this; names of files in it are relative to ${skill.folder}.`;
  const bytes = found?.bytes ?? 0;
  const label = section("skill", { path, bytes }, shown, used);
  return {
    type: "input.added",
    role: "developer",
    content: [{ type: "text", text: `${head}\n${label}` }],
    told: [file],
  };
};

/**
 * The messages that tell the skills which a person's words name or call. Only people name skills: what fettle itself
 * says, or a plan, does not.
 */
export const skillMessages = (
  words: { readonly text: string; readonly source?: UserMessageItem["source"] },
  skills: readonly Skill[],
  told: ToldFiles,
): Message[] => {
  if (skills.length === 0 || words.source === "harness") return [];
  return mentionsIn(words.text, skills).flatMap((mention) => message(mention, told) ?? []);
};
