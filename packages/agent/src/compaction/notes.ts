import type { InputItem, Usage } from "@fettle/protocol";
import type { Model, ModelRequest } from "../model.ts";

/*
 * The model's own part of a checkpoint. Asking extends the last request, so the provider's cache serves all but the
 * question. Nothing depends on the answer: without it the record of the log stands alone.
 */

const question = `The conversation is about to be replaced by a checkpoint. Write your notes for it now; do not call tools. The user's words, the plan, the files changed and the commands run are kept without you. Note in plain Markdown, as briefly as it stays exact:
- decisions and why, and what was tried and given up
- constraints and preferences that came up, with their source
- facts learned about the code that you will need (paths, names, versions, figures)
- what is done, what is not, and the very next step
- open questions
Carry over from your earlier notes what still holds.`;

export type Notes = { readonly text: string | null; readonly usage: Usage | null };

/** Characters of a result that are left when a request is too large even to be compacted. */
const shortResult = 400;

/** The input with no more than the beginning of each result. */
export const withoutLongResults = (input: readonly InputItem[]): InputItem[] =>
  input.map((item) =>
    item.type !== "result"
      ? item
      : {
          ...item,
          content: item.content.map((part) =>
            part.type === "image"
              ? { type: "text" as const, text: "[a picture]" }
              : { type: "text" as const, text: part.text.slice(0, shortResult) },
          ),
        },
  );

/** One call, no retries. `fits` is false when the input as it stands is known to be too large. */
export const askForNotes = async (
  model: Model,
  request: ModelRequest,
  fits: boolean,
  signal: AbortSignal,
): Promise<Notes> => {
  const input = fits ? request.input : withoutLongResults(request.input);
  const asked: InputItem = { type: "message", role: "developer", content: [{ type: "text", text: question }] };
  const { outputSchema: _, ...rest } = request;
  const outcome = await model.stream({ ...rest, input: [...input, asked] }, () => {}, signal);
  if (outcome.type === "failed") return { text: null, usage: null };
  const text = outcome.output
    .flatMap((part) => (part.type === "text" ? [part.text] : []))
    .join("\n")
    .trim();
  return { text: text === "" ? null : text, usage: outcome.usage };
};
