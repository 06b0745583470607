import { type Json, list, record, string } from "./json.ts";
import type { Tool } from "./wire.ts";

/* Every agent calls its shell tool differently: find it among the tools and put a command into its arguments. */

const functionNames = ["exec_command", "shell_command", "shell", "bash", "Bash", "run_shell_command"];
/** A tool that takes a program in JavaScript, in which the shell is a function. */
const scriptName = "exec";

export const findShellTool = (tools: readonly Tool[]): Tool | undefined => {
  const named = functionNames.map((name) => tools.find((tool) => tool.name === name && tool.freeform !== true));
  return named.find((tool) => tool !== undefined) ?? tools.find((tool) => tool.name === scriptName && tool.freeform);
};

/** A small value that a JSON Schema admits: required members only. */
export const smallestValue = (schema: Json, name = "value"): unknown => {
  const [first] = list(schema.enum);
  if (first !== undefined) return first;
  const type = string(Array.isArray(schema.type) ? schema.type[0] : schema.type).toLowerCase();
  const properties = record(schema.properties);
  if (type === "object" || "properties" in schema) {
    const required = list(schema.required).map(string);
    return Object.fromEntries(required.map((key) => [key, smallestValue(record(properties[key]), key)]));
  }
  if (type === "array") return [];
  if (type === "number" || type === "integer") return typeof schema.minimum === "number" ? schema.minimum : 0;
  if (type === "boolean") return false;
  return name;
};

/** The arguments with which `tool` runs `command`. */
export const shellArguments = (tool: Tool, command: string): Json | string => {
  if (tool.freeform === true) {
    return `const result = await tools.exec_command({ cmd: ${JSON.stringify(command)} }); text(result.output ?? result);`;
  }
  const properties = record(tool.parameters.properties);
  const key = ["cmd", "command", "script"].find((name) => name in properties) ?? "command";
  const takesList = record(properties[key]).type === "array";
  return { ...record(smallestValue(tool.parameters)), [key]: takesList ? ["bash", "-c", command] : command };
};
