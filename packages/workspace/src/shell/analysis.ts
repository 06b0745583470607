export { appendRule } from "../rules/append-rule.ts";
export { judgeScript } from "../rules/judge.ts";
export { proposeRule } from "../rules/propose.ts";
export { readRules } from "../rules/read-rules.ts";
export { impliedCommands } from "./implied-commands.ts";
export { joinWords } from "./join-words.ts";
export { patchInScript } from "./patch-in-script.ts";
export { isReadOnlyScript } from "./read-only-script.ts";
