import type { FileReversal, UndoScope } from "@fettle/agent";
import { askYes, canAsk } from "../ask-yes.ts";
import { fettleHome } from "../home.ts";
import { parseOptions } from "../options.ts";
import { coloursFor } from "../render/colours.ts";
import { colourDiff } from "../render/progress.ts";
import { disputedNames, fileLine, showTakeBack, takeBack, turnDiff } from "../take-back.ts";
import { CommandError } from "../usage-error.ts";
import { diffHelp, undoHelp } from "./help.ts";
import { threadGiven, turnGiven } from "./thread-arguments.ts";

/** Edits of other hands are lost only by a person's own word. */
const agreeToLose = async (disputed: readonly FileReversal[]): Promise<void> => {
  const names = disputedNames(disputed);
  const refusal = `${names} changed since by other hands; --force restores anyway and loses those changes`;
  if (!canAsk()) throw new CommandError(refusal);
  process.stderr.write(`${disputed.map(fileLine).join("\n")}\n`);
  if (!(await askYes("Restore these too and lose what other hands changed in them? [y/N] ")))
    throw new CommandError("nothing was changed");
};

const scopeOf = ({ conversation, files }: { conversation?: boolean; files?: boolean }): UndoScope => {
  if (conversation === true && files === true) return "both";
  return conversation === true ? "conversation" : files === true ? "files" : "both";
};

/** `fettle undo`: takes back turns: files, conversation, or both. */
export const undo = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("undo", args, {
    turn: { type: "string" },
    conversation: { type: "boolean" },
    files: { type: "boolean" },
    preview: { type: "boolean" },
    force: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help === true) {
    process.stdout.write(undoHelp);
    return 0;
  }
  const turn = turnGiven(values.turn);
  const scope = scopeOf(values);
  const id = threadGiven("undo", positionals);
  const asked = { id, scope, ...(turn === undefined ? {} : { turn }) };
  const lines =
    values.preview === true
      ? await showTakeBack(fettleHome(), asked)
      : await takeBack(fettleHome(), asked, values.force === true ? async () => {} : agreeToLose);
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
};

/** `fettle diff`: the unified diff of a turn. */
export const diff = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("diff", args, {
    turn: { type: "string" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help === true) {
    process.stdout.write(diffHelp);
    return 0;
  }
  const turn = turnGiven(values.turn);
  const { title, diff: text } = await turnDiff(fettleHome(), threadGiven("diff", positionals), turn);
  process.stderr.write(`${title}\n`);
  process.stdout.write(process.stdout.isTTY ? colourDiff(text, coloursFor(process.stdout)) : text);
  return 0;
};
