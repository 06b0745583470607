import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { environmentOf } from "../environment.ts";
import type { TerminalCommand } from "./open-terminal.ts";

/** What codex needs in order to open on its input and not on a question: a folder that is trusted, and a model without a login. */
const codexConfig = (work: string): string => `model = "mock"
model_provider = "mock"
check_for_update_on_startup = false

[model_providers.mock]
name = "mock"
base_url = "http://127.0.0.1:9/v1"
wire_api = "responses"
env_key = "BENCH_KEY"

[projects."${work}"]
trust_level = "trusted"

[analytics]
enabled = false
`;

/** Another terminal program, in a home of its own; nothing is asked of its model. */
export const peerTerminal = (program: string, home: string, work: string): TerminalCommand => {
  mkdirSync(join(home, ".codex"), { recursive: true });
  if (basename(program) === "codex") writeFileSync(join(home, ".codex/config.toml"), codexConfig(work));
  return { command: [program], cwd: work, env: { ...environmentOf(home), BENCH_KEY: "dummy" } };
};

/** Its input is there: what it says before does not count as its first paint. */
export const hasInput = (text: string): boolean => /^\s*[›>❯]/m.test(text);
