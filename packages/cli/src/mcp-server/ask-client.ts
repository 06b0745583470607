import type { Answer, Approver } from "@fettle/agent";
import { approvalChoice } from "@fettle/protocol";
import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { questionLines } from "../render/approval.ts";
import { coloursFor } from "../render/colours.ts";

const columns = 100;
/** A person may take their time; the turn's end ends the question too. */
const patienceMs = 0x7fffffff;

const nobody: Answer = { choice: "no", by: "nobody" };

/** Puts questions to the client's user; null when the client cannot ask. `requestId`: the call that they belong to. */
export const clientApprover = (server: Server, requestId: string | number): Approver | null => {
  if (server.getClientCapabilities()?.elicitation === undefined) return null;
  return async (question, signal) => {
    const { choices } = question;
    const said = await server.elicitInput(
      {
        mode: "form",
        message: questionLines(question, coloursFor({}), columns),
        requestedSchema: {
          type: "object",
          properties: {
            choice: { type: "string", title: "Answer", enum: [...choices] },
            message: { type: "string", title: "A word to the agent", description: "optional" },
          },
          required: ["choice"],
        },
      },
      { signal, timeout: patienceMs, relatedRequestId: requestId },
    );
    if (said.action !== "accept") return { ...nobody, by: "program" };
    const choice = approvalChoice.safeParse(said.content?.choice);
    if (!choice.success || !choices.includes(choice.data)) return { ...nobody, by: "program" };
    const word = said.content?.message;
    return {
      choice: choice.data,
      by: "program",
      ...(typeof word === "string" && word !== "" ? { message: word } : {}),
      ...(choice.data === "always" && question.proposal !== undefined ? { proposal: question.proposal } : {}),
    };
  };
};
