import type { ImpliedCommands } from "./implied-commands.ts";
import type { PatchInScript } from "./patch-in-script.ts";

/** What can be told of a script without running it. */
export type ShellAnalysis = {
  isReadOnlyScript(script: string): boolean;
  impliedCommands(script: string): ImpliedCommands;
  patchInScript(script: string): PatchInScript | null;
};

let loaded: Promise<ShellAnalysis> | null = null;

/** Loads the shell's grammar, some 7 ms, on first use: to be called once something else is being waited for. */
export const loadShellAnalysis = (): Promise<ShellAnalysis> => {
  loaded ??= import("./analysis.ts");
  return loaded;
};
