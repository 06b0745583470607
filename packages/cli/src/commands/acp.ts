import { serveAcp } from "../doors/acp/server.ts";
import { serveStdio } from "../doors/stdio.ts";
import { fettleHome } from "../home.ts";
import { parseOptions } from "../options.ts";
import { UsageError } from "../usage-error.ts";
import { effortNamed } from "./exec-options.ts";
import { acpHelp } from "./help.ts";

/** `fettle acp`: serves an editor over the Agent Client Protocol on standard input and output. */
export const acp = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("acp", args, {
    model: { type: "string", short: "m" },
    effort: { type: "string" },
    config: { type: "string", short: "c", multiple: true },
    help: { type: "boolean", short: "h" },
  });
  if (values.help === true) {
    process.stdout.write(acpHelp);
    return 0;
  }
  if (positionals.length > 0)
    throw new UsageError(`unknown argument ${JSON.stringify(positionals[0])}; see: fettle acp --help`);
  const options = {
    overrides: values.config ?? [],
    ...(values.model === undefined ? {} : { model: values.model }),
    ...(values.effort === undefined ? {} : { effort: effortNamed(values.effort) }),
  };
  const home = fettleHome();
  return serveStdio((send) => serveAcp(home, options, send));
};
