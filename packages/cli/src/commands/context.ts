import { parseOptions } from "../options.ts";
import { UsageError } from "../usage-error.ts";
import { execute } from "./exec.ts";
import { parseExec } from "./exec-options.ts";
import { contextHelp } from "./help.ts";

const options = {
  json: { type: "boolean" },
  last: { type: "boolean" },
  model: { type: "string", short: "m" },
  cd: { type: "string", short: "C" },
  config: { type: "string", short: "c", multiple: true },
  help: { type: "boolean", short: "h" },
} as const;

/** `fettle context`: what the next request of a new thread here, or of an earlier one, would consist of. */
export const context = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("context", args, options);
  if (values.help === true) {
    process.stdout.write(contextHelp);
    return 0;
  }
  const [id, ...more] = positionals;
  if (more.length > 0) throw new UsageError("one thread expected; see: fettle context --help");
  if (id !== undefined && values.last === true) throw new UsageError("give a thread's id or --last, not both");
  const thread = id === undefined ? (values.last === true ? ["resume", "--last"] : []) : ["resume", id];
  const flags = [
    // What a goal adds comes with its turns.
    ...(thread.length === 0 ? [] : ["--no-goal"]),
    ...(["model", "cd"] as const).flatMap((flag) => (values[flag] === undefined ? [] : [`--${flag}=${values[flag]}`])),
    ...(values.config ?? []).map((value) => `--config=${value}`),
  ];
  const parsed = parseExec([...thread, ...flags, "--print-input", "--skip-git-repo-check"]);
  if (parsed === null) return 0;
  return (await execute({ ...parsed, context: values.json === true ? "json" : "text" })).code;
};
