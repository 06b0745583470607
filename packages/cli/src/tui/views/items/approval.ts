import type { ApprovalItem, ApprovalSubject } from "@fettle/protocol";
import { visibleLine } from "../../../render/plain-text.ts";
import { mark, type ViewFor } from "../depth.ts";
import type { Line } from "../spans.ts";
import { span } from "../spans.ts";
import { headLine } from "./command.ts";

const nameOf = (subject: ApprovalSubject): string => {
  switch (subject.kind) {
    case "command":
      return `$ ${subject.command}`;
    case "patch":
      return `patch of ${subject.paths.join(", ")}`;
    case "network":
      return `network ${subject.host}:${subject.port}`;
    case "tool":
      return `${subject.server} ${subject.tool}`;
    case "elicitation":
      return `answer to the MCP server ${subject.server}`;
  }
};

const scopes = { once: "once", thread: "for this thread", always: "always" } as const;
const refusers = { person: "you said no", program: "the answers say no", reviewer: "refused", nobody: "nobody to ask" };

/** A question that was answered, in a line. */
export const approvalLines = ({ answer, subject, agent }: ApprovalItem, settings: ViewFor): Line[] => {
  const whose = agent === undefined ? "" : ` (asked by ${visibleLine(agent)})`;
  const name = span(visibleLine(nameOf(subject)));
  if (answer === undefined)
    return [headLine([mark("stopped", settings), span(" not answered:")], name, whose, settings)];
  const word = answer.message === undefined ? "" : `: ${visibleLine(answer.message)}`;
  if (answer.choice === "no")
    return [
      headLine(
        [mark("failed", settings), span(" refused:")],
        name,
        ` — ${refusers[answer.by]}${word}${whose}`,
        settings,
      ),
    ];
  // Once is what a person just did; more than that is worth a line of its own in any view.
  if (answer.choice === "once" && settings.depth === "brief") return [];
  const by = answer.by === "reviewer" ? ", by the reviewing model" : "";
  const sign = [mark("ok", settings), span(` allowed ${scopes[answer.choice]}${by}:`)];
  return [headLine(sign, name, `${word}${whose}`, settings)];
};
