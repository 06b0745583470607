import { execFile } from "node:child_process";
import { type ThreadEvent, threadEvent } from "@fettle/protocol";
import { fettleProgram } from "./fettle.ts";
import type { Scene } from "./scripted-run.ts";

/** Runs exec in the system as it is, but with another file in the place of bubblewrap. */
export const execWithBubblewrap = async (scene: Scene, file: string): Promise<ThreadEvent[]> => {
  const masked = ["--dev-bind", "/", "/", "--ro-bind", file, "/usr/bin/bwrap", "--", fettleProgram];
  const args = ["exec", "--json", "-c", `openai_base_url=${scene.server.baseUrl}`, "-m", "gpt-5", "go"];
  const env = { PATH: "/usr/bin:/bin", HOME: scene.home, FETTLE_HOME: scene.home };
  const stdout = await new Promise<string>((resolve, reject) =>
    execFile("/usr/bin/bwrap", [...masked, ...args], { cwd: scene.repository, env }, (error, out, err) =>
      error === null ? resolve(out) : reject(new Error(`${error.message}${err}`)),
    ).stdin?.end(),
  );
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => threadEvent.parse(JSON.parse(line)));
};
