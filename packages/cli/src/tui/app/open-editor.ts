import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fettleHome } from "../../home.ts";
import type { Editor, EditorPorts } from "../contract.ts";
import { createEditor } from "../input/editor.ts";
import { commandNames } from "./commands/names.ts";
import type { AppState } from "./state.ts";
import { typedBefore } from "./typed-before.ts";

/** The picture that a pasted path means. */
const pictureAt = (cwd: string, path: string): string | null => {
  const home = process.env.HOME ?? "";
  const absolute = resolve(cwd, path.startsWith("~/") ? `${home}${path.slice(1)}` : path);
  return existsSync(absolute) ? absolute : null;
};

/** The input, with what it can offer; `state` may learn more of that while it is open. */
export const openEditor = (state: AppState, ports: Pick<EditorPorts, "files" | "changed" | "typed">): Editor =>
  createEditor({
    ...ports,
    get history() {
      return typedBefore(fettleHome(), state.cwd);
    },
    commands: commandNames.map(([name, words, says]) => ({
      insert: words === "" ? `/${name}` : `/${name} `,
      label: `/${name} ${words}`.trim(),
      detail: says,
    })),
    skills: () => state.skills,
    picture: (path) => pictureAt(state.cwd, path),
    get vim() {
      return state.vim;
    },
    get keymap() {
      return state.keymap;
    },
    running: () => state.runningSince !== null,
  });
