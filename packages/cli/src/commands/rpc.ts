import { serveRpc } from "../doors/rpc/server.ts";
import { serveStdio } from "../doors/stdio.ts";
import { fettleHome } from "../home.ts";
import { parseOptions } from "../options.ts";
import { UsageError } from "../usage-error.ts";
import { rpcHelp } from "./help.ts";

/** `fettle rpc`: serves a program over JSON-RPC in lines on standard input and output. */
export const rpc = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("rpc", args, { help: { type: "boolean", short: "h" } });
  if (values.help === true) {
    process.stdout.write(rpcHelp);
    return 0;
  }
  if (positionals.length > 0)
    throw new UsageError(`unknown argument ${JSON.stringify(positionals[0])}; see: fettle rpc --help`);
  const home = fettleHome();
  return serveStdio((send) => serveRpc(home, send));
};
