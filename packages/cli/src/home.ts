import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { UsageError } from "./usage-error.ts";

/** The folder of fettle's state: `FETTLE_HOME`, else `~/.fettle`. */
export const fettleHome = (): string => {
  const given = process.env.FETTLE_HOME;
  if (given === undefined || given === "") return join(homedir(), ".fettle");
  if (!isAbsolute(given)) throw new UsageError(`FETTLE_HOME must be an absolute path, not ${JSON.stringify(given)}`);
  return given;
};
