import { replaceNode, type Template } from "../site.ts";
import { child, children, type SyntaxNode } from "../syntax.ts";

const ATOM =
  /^(Identifier|MemberExpression|OptionalMemberExpression|CallExpression|OptionalCallExpression|StringLiteral|TemplateLiteral|ThisExpression)$/;

/** A value made into what its place needs: converted, defaulted, trimmed, passed through a function of the file, awaited. */
export const wrapTemplate: Template = function* (node, site) {
  if (!isValue(node, site.parent(node))) return;
  const text = site.text(node);
  if (text.length > 60 || text === "undefined") return;
  const parent = site.parent(node);
  const isReceiver = parent?.type === "MemberExpression" && child(parent, "object") === node;
  if (isReceiver && parent.computed === true) return;
  const atom = ATOM.test(node.type) ? text : `(${text})`;
  for (const [wrapper, prior] of [
    ["String", 0.35],
    ["Number", 0.25],
    ["Boolean", 0.15],
    ["Math.abs", 0.12],
    ["Math.floor", 0.14],
    ["Math.round", 0.14],
    ["decodeURIComponent", 0.1],
    ["encodeURIComponent", 0.1],
  ] as const) {
    if ((isReceiver && wrapper !== "String") || isCondition(node)) continue;
    if (!text.startsWith(`${wrapper}(`)) yield replaceNode(node, `${wrapper}(${text})`, "convert", prior, "likely");
  }
  for (const wrapper of site.wrappers) {
    if (!text.startsWith(`${wrapper}(`) && wrapper !== text)
      yield replaceNode(node, `${wrapper}(${text})`, "wrap in a call", 0.2, "likely");
  }
  for (const [suffix, prior] of [
    [".trim()", 0.25],
    [".toLowerCase()", 0.25],
    [".toUpperCase()", 0.12],
    [".toString()", 0.12],
    [".slice()", 0.15],
    [".slice(1)", 0.18],
    [".slice(0, -1)", 0.15],
    [".length", 0.12],
    ["[0]", 0.12],
    [".reverse()", 0.05],
  ] as const) {
    yield replaceNode(node, atom + suffix, "method call", prior);
  }
  for (const fallback of ["''", "{}", "[]", "0"])
    yield replaceNode(node, `(${text} || ${fallback})`, "default value", 0.16);
  yield replaceNode(node, `!${atom}`, "negation", 0.12);
  for (const step of ["- 1", "+ 1"]) yield replaceNode(node, `${atom} ${step}`, "off by one", 0.12);
  if (/^(CallExpression|Identifier)$/.test(node.type))
    yield replaceNode(node, `await ${text}`, "await", node.type === "CallExpression" ? 0.2 : 0.04, "likely");
  yield replaceNode(node, `[].concat(${text})`, "make an array", 0.06);
};

function isCondition(node: SyntaxNode): boolean {
  return (
    node.type === "LogicalExpression" || (node.type === "BinaryExpression" && /^[=!<>]|^in/.test(String(node.operator)))
  );
}

/** Whether a node is read as a value in a place where a conversion can be missing. */
function isValue(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (parent === undefined || !/(Expression|Identifier|TemplateLiteral)$/.test(node.type)) return false;
  if (/^(Function|ArrowFunction|Class|Object|Array|Assignment|Update|Sequence)Expression$/.test(node.type))
    return false;
  switch (parent.type) {
    case "CallExpression":
    case "NewExpression":
      return children(parent, "arguments").includes(node);
    case "MemberExpression":
      return child(parent, "object") === node || (parent.computed === true && child(parent, "property") === node);
    case "AssignmentExpression":
      return child(parent, "right") === node;
    case "VariableDeclarator":
      return child(parent, "init") === node;
    case "ObjectProperty":
      return child(parent, "value") === node && parent.shorthand !== true;
    case "ReturnStatement":
    case "ArrowFunctionExpression":
    case "BinaryExpression":
    case "LogicalExpression":
    case "ConditionalExpression":
    case "TemplateLiteral":
    case "ArrayExpression":
      return !children(parent, "params").includes(node);
    default:
      return false;
  }
}

const MAX_DEPTH = 3;

/** An expression gives way to a part of itself: steps of a computation that should not be there. */
export const partTemplate: Template = function* (node, site) {
  if (!/^(BinaryExpression|CallExpression|ConditionalExpression|LogicalExpression)$/.test(node.type)) return;
  let parts = operands(node);
  for (let depth = 1; depth <= MAX_DEPTH; depth++) {
    parts = parts.flatMap(operands);
    for (const part of parts) {
      if (part.end - part.start > 3) yield replaceNode(node, site.text(part), "part of an expression", 0.09);
    }
  }
};

function operands(node: SyntaxNode): SyntaxNode[] {
  const fields = ["left", "right", "argument", "consequent", "alternate", "expression"].map((field) =>
    child(node, field),
  );
  const receiver = node.type === "CallExpression" ? child(child(node, "callee"), "object") : undefined;
  return [...fields, receiver, ...children(node, "arguments")].filter(
    (item): item is SyntaxNode => item !== undefined && /Expression$/.test(item.type) && !/Function/.test(item.type),
  );
}
