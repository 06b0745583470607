import { forEachChild, type PipelineNode, type SyntaxNode } from "unbash";
import { literalOf } from "./words.ts";

const calls = (node: SyntaxNode, name: string): boolean => node.type === "Command" && literalOf(node.name) === name;

const anywhere = (node: SyntaxNode, test: (node: SyntaxNode) => boolean): boolean => {
  if (test(node)) return true;
  let found = false;
  forEachChild(node, (child) => {
    found ||= anywhere(child, test);
  });
  return found;
};

/** A function that starts itself twice in one pipe, or does nothing but start itself in the background. */
export const isForkBomb = (node: Extract<PipelineNode, { type: "Function" }>): boolean => {
  const name = node.name.value;
  const doubles = anywhere(
    node.body,
    (one) => one.type === "Pipeline" && one.commands.filter((command) => calls(command, name)).length > 1,
  );
  if (doubles) return true;
  const background = anywhere(
    node.body,
    (one) => one.type === "Statement" && one.background === true && calls(one.command, name),
  );
  return background && !anywhere(node.body, (one) => one.type === "Command" && !calls(one, name));
};
