import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Attack } from "../attack.ts";
import type { Scene } from "../scene.ts";

const planted = (path: string, text: (s: Scene) => string, prepare: Attack["prepare"] = () => {}): Attack => ({
  name: `${path} planted`,
  class: "configuration",
  severe: true,
  prepare,
  script: (s) => `mkdir -p "$(dirname ${path})"; rmdir ${path} 2>/dev/null; printf '%s' '${text(s)}' > ${path}`,
  escaped: (s) => existsSync(join(s.workspace, path)),
});

export const configurationAttacks: readonly Attack[] = [
  planted(".vscode/tasks.json", () => "{}"),
  planted(".idea/workspace.xml", () => "<x/>"),
  planted(".mcp.json", () => "{}"),
  planted(".claude/settings.json", () => "{}"),
  planted(".codex/config.toml", () => "x=1"),
  planted(".cursor/mcp.json", () => "{}"),
  planted(".gemini/settings.json", () => "{}"),
  planted(".fettle/config.toml", () => "x=1"),
  planted(".husky/pre-commit", (s) => s.evil),
  planted(".zed/tasks.json", () => "[]"),
  planted("opencode.json", () => "{}"),
  {
    name: "settings that are there, changed by a rename",
    class: "configuration",
    severe: true,
    prepare: (s) => {
      s.write(join(s.workspace, ".vscode/settings.json"), "{}");
    },
    script: () => "mv .vscode old; mkdir .vscode; echo evil > .vscode/settings.json; echo evil > .vscode/tasks.json",
    escaped: (s) => existsSync(join(s.workspace, ".vscode/tasks.json")),
  },
  {
    name: "settings behind a link to the workspace",
    class: "configuration",
    severe: true,
    prepare: (s) => {
      mkdirSync(join(s.workspace, "settings"));
      symlinkSync("settings", join(s.workspace, ".vscode"));
    },
    script: () => "echo evil > settings/tasks.json",
    escaped: (s) => existsSync(join(s.workspace, "settings/tasks.json")),
  },
];
