import { insertAt, replaceNode, type Site, type Template } from "../site.ts";
import { child, type SyntaxNode } from "../syntax.ts";

/** Literals: other values, off by one, and names or conditions in their place. */
export const literalTemplate: Template = function* (node, site) {
  const parent = site.parent(node);
  if (parent === undefined || /^(Import|Export|Directive)/.test(parent.type)) return;
  if (child(parent, "key") === node && parent.computed !== true) return;
  if (node.type === "BooleanLiteral") {
    yield replaceNode(node, node.value === true ? "false" : "true", "boolean", 0.5, "likely");
    for (const condition of site.conditionsFor(node))
      yield replaceNode(node, condition, "boolean to condition", 0.3, "likely");
  }
  if (node.type === "NumericLiteral") yield* numbers(node, Number(node.value));
  if (node.type === "StringLiteral") yield* strings(node, String(node.value), site);
  if (node.type === "NullLiteral")
    for (const text of ["undefined", "{}", "[]", "''", "false"])
      yield replaceNode(node, text, "another empty value", 0.3);
  if (/^(Boolean|Numeric|String|Null)Literal$/.test(node.type)) yield* names(node, parent, site);
};

function* names(node: SyntaxNode, parent: SyntaxNode, site: Site) {
  const isRead = parent.type !== "BinaryExpression" || !String(parent.operator).includes("=");
  const isCase = parent.type === "SwitchCase";
  /* A boolean is neither more nor less than something, nor one of its terms. */
  const isOrdered = parent.type === "BinaryExpression" && /^([<>]=?|[-+*/%])$/.test(String(parent.operator));
  for (const name of site
    .names(node)
    .filter((item) => !site.callables.has(item))
    .slice(0, 10)) {
    const isOdd = isCase || (isOrdered && site.booleans.has(name));
    const prior = isOdd ? 0.08 : isRead ? 0.28 : 0.16;
    yield replaceNode(node, name, "literal to name", prior, isOdd ? "doubtful" : "likely");
    if (node.type === "NumericLiteral") yield replaceNode(node, `${name}.length`, "literal to length", 0.22, "likely");
  }
}

function* numbers(node: SyntaxNode, value: number) {
  for (const next of [value + 1, value - 1]) yield replaceNode(node, literal(next), "off by one", 0.45);
  for (const next of [
    0,
    1,
    -1,
    2,
    10,
    16,
    -value,
    value * 10,
    value / 10,
    value * 2,
    value / 2,
    value * 1000,
    value / 1000,
  ]) {
    if (next !== value && Number.isFinite(next)) yield replaceNode(node, literal(next), "another number", 0.2);
  }
  for (const name of ["Infinity", "undefined", "null"]) yield replaceNode(node, name, "another number", 0.15);
}

const literal = (value: number) => (value < 0 || Object.is(value, -0) ? `(${value})` : String(value));

function* strings(node: SyntaxNode, value: string, site: Site) {
  const quote = site.text(node).charAt(0);
  const written = (text: string) =>
    quote + text.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`).replaceAll("\n", "\\n") + quote;
  for (const other of site.strings) {
    if (other !== site.text(node)) yield replaceNode(node, other, "another string", 0.18);
  }
  for (const next of [
    value.trim(),
    value.toLowerCase(),
    value.toUpperCase(),
    `${value} `,
    ` ${value}`,
    value.slice(1),
    value.slice(0, -1),
  ]) {
    if (next !== value) yield replaceNode(node, written(next), "string", 0.2);
  }
  for (const char of site.hints.characters) {
    if (value.length < 12)
      for (const next of [value + char, char + value, char]) yield replaceNode(node, written(next), "string", 0.18);
  }
  if (!value.includes("'") && !value.includes('"'))
    yield replaceNode(node, `${quote}${quote}`, "empty string", 0.12, "doubtful");
}

/** Objects and arrays: without a prototype, with what is in scope. */
export const objectTemplate: Template = function* (node, site) {
  if (node.type === "ObjectExpression" && node.end - node.start <= 4) {
    yield replaceNode(node, "Object.create(null)", "null prototype", prototypeHint(site) ? 0.6 : 0.35, "likely");
  }
  if (node.type === "ObjectExpression" && node.end - node.start > 4) {
    yield insertAt(node.start + 1, " __proto__: null,", "null prototype", prototypeHint(site) ? 0.5 : 0.25, "likely");
  }
  if (node.type === "NewExpression" && site.text(node).startsWith("new Object")) {
    yield replaceNode(node, "Object.create(null)", "null prototype", 0.4, "likely");
  }
};

/** Whether the failing tests are about inherited properties. */
export function prototypeHint(site: Site): boolean {
  return [
    "__proto__",
    "prototype",
    "constructor",
    "hasownproperty",
    "tostring",
    "polluted",
    "pollution",
    "inherited",
  ].some((word) => site.hints.words.has(word));
}
