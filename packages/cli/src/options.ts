import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { UsageError } from "./usage-error.ts";

type Parsed<T extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: T; allowPositionals: true; strict: true }>
>;

/** Reads a command's arguments; anything unknown or incomplete is a UsageError that names it. */
export const parseOptions = <T extends ParseArgsOptionsConfig>(
  command: string,
  args: string[],
  options: T,
): Parsed<T> => {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    // Node's first sentence names the option; its advice on positionals does not help here.
    const first = text.split(/\. (?=[A-Z])/)[0] ?? text;
    throw new UsageError(`${first.replace(/\.$/, "")}; see: fettle ${command} --help`);
  }
};
