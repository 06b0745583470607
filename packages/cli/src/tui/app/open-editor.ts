import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Editor, EditorPorts } from "../contract.ts";
import { createEditor } from "../input/editor.ts";
import { commandNames } from "./commands/names.ts";
import type { AppState } from "./state.ts";

/** The picture that a pasted path means. */
const pictureAt = (path: string): string | null => {
  const home = process.env.HOME ?? "";
  const absolute = resolve(path.startsWith("~/") ? `${home}${path.slice(1)}` : path);
  return existsSync(absolute) ? absolute : null;
};

/** The input, with what it can offer; `state` may learn more of that while it is open. */
export const openEditor = (state: AppState, ports: Pick<EditorPorts, "files" | "changed">): Editor =>
  createEditor({
    ...ports,
    history: [],
    commands: commandNames.map(([name, words, says]) => ({
      insert: words === "" ? `/${name}` : `/${name} `,
      label: `/${name} ${words}`.trim(),
      detail: says,
    })),
    skills: () => state.skills,
    picture: pictureAt,
    get vim() {
      return state.vim;
    },
    get keymap() {
      return state.keymap;
    },
    running: () => state.runningSince !== null,
  });
