import type { BrowserItem, WebFetchItem } from "@fettle/protocol";
import { visibleLine } from "../../../render/plain-text.ts";
import { duration, mark, type ViewFor } from "../depth.ts";
import { type Line, span } from "../spans.ts";
import { headLine } from "./command.ts";
import { amountFor, outputLines } from "./output.ts";
import { noteLines } from "./words.ts";

/* Pages that were fetched, and steps in the thread's browser. */

type Shown = Pick<WebFetchItem | BrowserItem, "status" | "error" | "text" | "duration_ms">;

const shownLines = (item: Shown, name: string, what: string, settings: ViewFor): Line[] => {
  const failed = item.status === "failed";
  const state = item.status === "in_progress" ? "running" : failed ? "failed" : "ok";
  const sign = [mark(state, settings), span(` ${name}`, "accent")];
  const after = item.duration_ms === undefined ? "" : ` — ${duration(item.duration_ms)}`;
  const head = headLine(sign, span(visibleLine(what), "dim"), after, settings);
  if (failed) return [head, ...outputLines(item.error ?? "failed", amountFor(settings.depth), settings)];
  const unfolded = settings.depth === "full" || settings.depth === "whole";
  return unfolded ? [head, ...outputLines(item.text ?? "", amountFor(settings.depth), settings)] : [head];
};

export const webFetchLines = (item: WebFetchItem, settings: ViewFor): Line[] => {
  const title = item.title === undefined || item.title === "" ? "" : ` ${item.title}`;
  return shownLines(item, "web", `${item.final_address ?? item.address}${title}`, settings);
};

/** A picture is told by its path at every depth: it is what the step was for. */
export const browserLines = (item: BrowserItem, settings: ViewFor): Line[] => {
  const { action, target, address, screenshot } = item;
  const where = address === undefined || address === target ? "" : ` at ${address}`;
  const lines = shownLines(item, "browser", `${action}${target === undefined ? "" : ` ${target}`}${where}`, settings);
  if (screenshot === undefined) return lines;
  return [...lines, ...noteLines(span("   "), `picture: ${screenshot}`, "dim", settings)];
};
