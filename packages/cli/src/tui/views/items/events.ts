import type { Entry } from "@fettle/protocol";
import { shortCount } from "../../../render/counts.ts";
import { visibleLine } from "../../../render/plain-text.ts";
import { mark, type ViewFor } from "../depth.ts";
import type { Line } from "../spans.ts";
import { goalLines } from "./plan.ts";
import { noteLines } from "./words.ts";

type ShownEvent = Extract<Entry, { kind: "event" }>["event"];

/** What happened to the thread itself. */
export const eventLines = (event: ShownEvent, settings: ViewFor): Line[] => {
  const note = (text: string): Line[] => noteLines(mark("note", settings), text, "dim", settings);
  switch (event.type) {
    case "thread.forked":
      return note(`forked here from thread ${event.from}, after turn ${event.turn}`);
    case "thread.renamed":
      return note(event.title === "" ? "the thread has no name any more" : `named: ${visibleLine(event.title)}`);
    case "thread.rewound": {
      const files = event.to_tree === undefined ? "" : ", and its files";
      return note(`turn ${event.turn} and what came after it were taken back${files}`);
    }
    case "files.restored":
      return note(`files were put back to what they were before turn ${event.turn}`);
    case "thread.compacted": {
      const size = `from about ${shortCount(event.tokens_before)} to ${shortCount(event.tokens_after)} tokens`;
      const line = note(`the conversation was compacted, ${size}; nothing is lost to the log`);
      return settings.depth === "whole"
        ? [...line, ...noteLines(mark("note", settings), event.checkpoint, "dim", settings)]
        : line;
    }
    case "autonomy.changed":
      return note(`autonomy is ${event.level} from here on`);
    case "goal.updated":
      return goalLines(event, settings);
    case "error":
      return noteLines(mark("failed", settings), event.message, "plain", settings);
    case "network.decided": {
      const what = `network ${visibleLine(event.host)}:${event.port} was not reached: ${visibleLine(event.why)}`;
      return settings.depth === "brief" ? [] : noteLines(mark("warning", settings), what, "dim", settings);
    }
  }
};
