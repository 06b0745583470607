export { impliedCommands } from "./implied-commands.ts";
export { patchInScript } from "./patch-in-script.ts";
export { isReadOnlyScript } from "./read-only-script.ts";
