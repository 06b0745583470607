import { homedir } from "node:os";
import type { AvailableCommand } from "@agentclientprotocol/sdk";
import { loadSkills, type TurnInput, type UndoScope } from "@fettle/agent";
import { plainText } from "@fettle/protocol";
import { oneLine } from "../../render/plain-text.ts";
import { disputedNames, takeBack, turnDiff } from "../../take-back.ts";
import { CommandError } from "../../usage-error.ts";
import { fenced } from "./tool-calls.ts";

/* What a person can say to fettle itself instead of to the model. */

export const slashCommands: AvailableCommand[] = [
  {
    name: "undo",
    description: "Take back the last turn: files and conversation",
    input: { hint: "files | conversation | force" },
  },
  { name: "diff", description: "Show what the last turn that changed files changed", input: { hint: "turn" } },
  { name: "compact", description: "Put a checkpoint in the place of the conversation so far" },
];

/** The skills that hold for a folder: a person calls them as commands too. */
export const skillCommands = (home: string, cwd: string): AvailableCommand[] =>
  loadSkills({ home, userHome: homedir(), cwd })
    .skills.filter(({ name }) => !slashCommands.some((command) => command.name === name))
    .map(({ name, description }) => ({ name, description: oneLine(description, 300), input: { hint: "words" } }));

export type SlashCommand = { readonly name: string; readonly words: readonly string[] };

/** The command that a prompt is; null for words to the model, other words with a slash included. */
export const slashCommand = (text: string): SlashCommand | null => {
  const [first = "", ...words] = text.trim().split(/\s+/);
  const name = first.slice(1);
  return first.startsWith("/") && slashCommands.some((command) => command.name === name) ? { name, words } : null;
};

/** A turn that only compacts. */
export const compactInput: TurnInput = { text: "", images: [], checks: [], compact: "alone" };

const undo = async (home: string, id: string, words: readonly string[]): Promise<string> => {
  const unknown = words.find((word) => !["files", "conversation", "force"].includes(word));
  if (unknown !== undefined)
    throw new CommandError(`/undo knows files, conversation and force, not ${JSON.stringify(unknown)}`);
  const both = words.includes("files") === words.includes("conversation");
  const scope: UndoScope = both ? "both" : words.includes("files") ? "files" : "conversation";
  const lines = await takeBack(home, { id, scope }, async (disputed) => {
    if (words.includes("force")) return;
    throw new CommandError(
      `${disputedNames(disputed)} changed since by other hands; /undo force restores anyway and loses those changes`,
    );
  });
  return lines.join("\n");
};

/** Carries out a command that asks no model; what it says, in Markdown. Throws a CommandError. */
export const runSlashCommand = async (home: string, id: string, command: SlashCommand): Promise<string> => {
  if (command.name === "undo") return undo(home, id, command.words);
  const [given] = command.words;
  const turn = given === undefined ? undefined : Number(given);
  if (turn !== undefined && !Number.isInteger(turn))
    throw new CommandError(`/diff needs the number of a turn, not ${JSON.stringify(given)}`);
  const { title, diff } = await turnDiff(home, id, turn);
  return diff === "" ? title : `${title}\n\n${fenced(plainText(diff), "diff")}`;
};
