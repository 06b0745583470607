import { followLog, readThread } from "@fettle/agent";
import { openError } from "../../../open-error.ts";
import { oneLine } from "../../../render/plain-text.ts";
import type { Key } from "../../contract.ts";
import { replayed } from "../../views/replay.ts";
import { transcriptSections } from "../../views/sections.ts";
import { type App, settingsOf } from "../app.ts";
import { messageOf } from "../report.ts";
import type { FullView } from "../state.ts";
import { stopElsewhere } from "../watching.ts";
import { createReader } from "./reader.ts";

type Watched = {
  readonly id: string;
  readonly name: string;
  /** Says something to it. */
  readonly steer: (words: string) => void;
};

/** A helper at its work, on the whole screen: follows it, says something to it, stops it. Throws a CommandError. */
export const openWatch = (app: App, home: string, { id, name, steer }: Watched): void => {
  const read = readThread(home, id);
  if (!read.ok) throw openError(read);
  const fold = replayed(read.events);
  const newReader = (): FullView =>
    createReader((columns) => transcriptSections(fold.state, settingsOf(app.state, columns)), {
      settings: (columns) => settingsOf(app.state, columns),
      fromEnd: true,
    });
  let reader = newReader();
  /** Whoever reads further up is left there. */
  let atEnd = true;
  let typed: string | null = null;
  let said = "";
  const following = followLog(read.path, { bytes: read.bytes, nextSeq: read.events.length }, (event) => {
    fold.add(event);
    if (atEnd) reader = newReader();
    app.drawSoon();
  });
  const attempt = (what: () => void, done: string): void => {
    try {
      what();
      said = done;
    } catch (error) {
      said = messageOf(error);
    }
  };
  const typing = (words: string, key: Key): void => {
    if (key.name === "escape" || key.name === "enter") typed = null;
    else if (key.name === "backspace") typed = words.slice(0, -1);
    else typed = words + key.text;
    if (key.name === "enter" && words.trim() !== "")
      attempt(() => steer(words.trim()), "gets the words with its next step");
  };
  const last = (): string => {
    if (typed !== null) return `say to ${name}: ${typed}`;
    const standing = fold.state.running === null ? "not at work" : "at work";
    return `  ${name}: ${said === "" ? standing : `${standing}, ${said}`} · s says something · x stops it · End follows · q back`;
  };
  app.open({
    rows: (size) => [...reader.rows(size).slice(0, -1), oneLine(last(), size.columns)],
    key(key) {
      if (typed !== null) typing(typed, key);
      else if (key.text === "s") typed = "";
      else if (key.text === "x") attempt(() => stopElsewhere(home, id), "is being stopped");
      else if (key.name === "end") {
        atEnd = true;
        reader = newReader();
      } else {
        atEnd = false;
        const done = reader.key(key);
        if (done === "close") following.close();
        return done;
      }
      return undefined;
    },
  });
};
