import { visibleText } from "../../render/plain-text.ts";
import type { Editor, EditorEffect, EditorPorts, Key, Row } from "../contract.ts";
import { rowWidth } from "../terminal/row-width.ts";

/* The plainest editor: text that grows and shrinks at its end. */

const effectOf = (text: string, queued: boolean): EditorEffect => {
  if (text.startsWith("!")) return { type: "shell", script: text.slice(1).trim() };
  const [, name, words = ""] = /^\/([a-z]+)(?:\s+([\s\S]*))?$/.exec(text.trim()) ?? [];
  if (name !== undefined) return { type: "command", name, words: words.trim() };
  return { type: queued ? "queue" : "submit", text, images: [] };
};

const rowsOf = (text: string, columns: number): Row[] => {
  const width = Math.max(1, columns - 3);
  return visibleText(text)
    .replaceAll("\t", "    ")
    .split("\n")
    .flatMap((line) => line.match(new RegExp(`.{1,${width}}`, "gu")) ?? [""]);
};

/** An editor that only appends. */
export const createPlainEditor = (ports: EditorPorts): Editor => {
  let text = "";
  return {
    key(key: Key) {
      const newline = (key.name === "enter" && (key.alt || key.shift)) || (key.name === "j" && key.ctrl);
      if (newline) text += "\n";
      else if (key.name === "enter" || (key.name === "tab" && !key.shift && ports.running()))
        return text.trim() === "" ? true : effectOf(text, key.name === "tab");
      else if (key.name === "backspace") text = Array.from(text).slice(0, -1).join("");
      else if (key.name === "g" && key.ctrl) return { type: "external", text };
      else if (key.name === "up" && text === "" && ports.history.length > 0) text = ports.history.at(-1) ?? "";
      else if (key.text !== "" && !key.ctrl && !key.alt) text += key.text;
      else return false;
      return true;
    },
    view(settings, maxRows) {
      const rows = rowsOf(text, settings.columns).slice(-maxRows);
      const last = rows.at(-1) ?? "";
      return {
        rows: rows.map((row, index) => `${index === 0 ? "› " : "  "}${row}`),
        cursor: { row: rows.length - 1, column: rowWidth(last) + 2 },
        menu: [],
      };
    },
    text: () => text,
    set: (given) => {
      text = given;
    },
    clear: () => {
      text = "";
    },
    menuOpen: () => false,
  };
};
