import { child, nameOf, type SyntaxNode } from "./syntax.ts";

const PREDICATE =
  /^(is|has|should|can|was|are)([A-Z_]|$)|^(test|includes|some|every|startsWith|endsWith|hasOwnProperty|propertyIsEnumerable|equals?|Boolean)$/;

/** Whether an expression gives a boolean, as far as its form and its names tell. */
export function isBoolean(node: SyntaxNode | undefined): boolean {
  if (node === undefined) return false;
  switch (node.type) {
    case "BooleanLiteral":
      return true;
    case "UnaryExpression":
      return node.operator === "!";
    case "BinaryExpression":
      return /^([=!]==?|[<>]=?|in|instanceof)$/.test(String(node.operator));
    case "LogicalExpression":
      return isBoolean(child(node, "right")) && (node.operator === "&&" || isBoolean(child(node, "left")));
    case "CallExpression": {
      const callee = child(node, "callee");
      return PREDICATE.test(nameOf(child(callee, "property") ?? callee) ?? "");
    }
    default:
      return false;
  }
}

/** Whether the text of a short condition gives a boolean: a comparison, a negation or a predicate, to its end. */
export function isBooleanText(condition: string): boolean {
  const last = condition.split(/&&|\|\|/).at(-1) ?? "";
  if (/^\s*!|[=!]==?|[<>]|\s(in|instanceof)\s/.test(last)) return true;
  return PREDICATE.test(/([\w$]+)\([^()]*\)\s*$/.exec(last)?.[1] ?? "");
}

/** Names that hold booleans: by how they are called, declared, or what they are when nothing is given. */
export function booleanNames(nodes: readonly SyntaxNode[]): Set<string> {
  const names = new Set<string>();
  for (const node of nodes) {
    const name = nameOf(node);
    if (name !== undefined && PREDICATE.test(name)) names.add(name);
    const [target, value] =
      node.type === "VariableDeclarator"
        ? [child(node, "id"), child(node, "init")]
        : /^Assignment(Pattern|Expression)$/.test(node.type)
          ? [child(node, "left"), child(node, "right")]
          : [];
    const bound = nameOf(target);
    if (bound !== undefined && isBoolean(value)) names.add(bound);
  }
  return names;
}
