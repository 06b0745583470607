import type { Command, HereDoc, PipelineNode } from "unbash";
import { parseScript } from "./parse-script.ts";
import { literalOf } from "./words.ts";

/** A patch that a script consists of. `cwd` is as written: relative to the folder the script would start in. */
export type PatchInScript = { readonly patch: string; readonly cwd?: string };

const patchCommands = new Set(["apply_patch", "applypatch", "apply-patch"]);

const bodyOf = (document: HereDoc): string | null => {
  const { delimiter, closing, body } = document;
  if (delimiter === undefined || closing === undefined || document.descriptor !== undefined) return null;
  // Without quotes around the delimiter the shell would replace these.
  if (!delimiter.quoted && /[$`\\]/.test(body.text)) return null;
  return document.operator === "<<-" ? body.text.replace(/^\t+/gm, "") : body.text;
};

const patchOf = (command: PipelineNode): string | null => {
  if (command.type !== "Command" || command.prefix.length > 0) return null;
  if (!patchCommands.has(literalOf(command.name) ?? "")) return null;
  const [only, ...more] = command.suffix;
  if (only === undefined || more.length > 0) return null;
  if (only.type === "HereDoc") return bodyOf(only);
  if (only.type === "HereString") return literalOf(only.target);
  const text = only.type === "Word" ? literalOf(only) : null;
  return text?.trimStart().startsWith("***") ? text : null;
};

const folderOf = (command: Command): string | null => {
  const [only, ...more] = command.suffix;
  if (literalOf(command.name) !== "cd" || command.prefix.length > 0 || more.length > 0) return null;
  const folder = only?.type === "Word" ? literalOf(only) : null;
  return folder === null || folder === "" || folder.startsWith("-") ? null : folder;
};

/**
 * Recognises a script that does nothing but apply a patch, perhaps after `cd FOLDER &&`, so that the harness can do it
 * itself. Null for every other script, and when the shell would change the patch's text.
 */
export const patchInScript = (script: string): PatchInScript | null => {
  const parsed = parseScript(script);
  const [statement, ...more] = parsed.commands;
  if (statement === undefined || more.length > 0 || statement.background || (parsed.errors?.length ?? 0) > 0)
    return null;
  const { command } = statement;
  if (command.type !== "AndOr") {
    const patch = patchOf(command);
    return patch === null ? null : { patch };
  }
  const [change, apply] = command.commands;
  if (command.commands.length !== 2 || command.operators[0] !== "&&" || change?.type !== "Command") return null;
  const cwd = folderOf(change);
  const patch = apply === undefined ? null : patchOf(apply);
  return cwd === null || patch === null ? null : { patch, cwd };
};
