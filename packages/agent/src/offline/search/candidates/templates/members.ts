import { replaceNode, type Template } from "../site.ts";
import { child, children, nameOf } from "../syntax.ts";

/* Methods and properties that are mistaken for one another. */
const FAMILIES: readonly (readonly string[])[] = [
  ["indexOf", "lastIndexOf", "search", "includes"],
  ["slice", "substring", "substr", "splice"],
  ["startsWith", "endsWith", "includes"],
  ["push", "unshift", "concat"],
  ["pop", "shift"],
  ["toLowerCase", "toUpperCase", "toString", "trim"],
  ["some", "every", "find", "filter"],
  ["find", "findLast", "findIndex", "filter"],
  ["map", "forEach", "flatMap", "filter"],
  ["floor", "ceil", "round", "trunc"],
  ["min", "max"],
  ["keys", "values", "entries", "getOwnPropertyNames"],
  ["call", "apply", "bind"],
  ["charAt", "charCodeAt", "codePointAt"],
  ["trim", "trimStart", "trimEnd"],
  ["match", "exec", "test", "matchAll"],
  ["replace", "replaceAll"],
  ["encodeURIComponent", "encodeURI", "escape"],
  ["decodeURIComponent", "decodeURI", "unescape"],
  ["parseInt", "parseFloat", "Number"],
  ["isNaN", "isFinite", "isInteger", "isSafeInteger"],
  ["has", "get", "hasOwnProperty"],
  ["length", "size", "byteLength"],
  ["resolve", "reject", "all"],
  ["from", "of", "isArray"],
  ["getFullYear", "getUTCFullYear", "getYear"],
  ["getMonth", "getUTCMonth"],
  ["getDate", "getDay", "getUTCDate"],
  ["getHours", "getUTCHours"],
  ["fromCharCode", "fromCodePoint"],
  ["on", "once", "addListener"],
  ["join", "resolve", "normalize"],
  ["firstChild", "lastChild"],
  ["Object", "Array", "Map", "Set", "WeakMap"],
];

function relatives(name: string): Set<string> {
  return new Set(
    FAMILIES.filter((family) => family.includes(name))
      .flat()
      .filter((other) => other !== name),
  );
}

/** Another property or method: its usual relatives, then what the file uses elsewhere. */
export const memberTemplate: Template = function* (node, site) {
  if (node.type === "Identifier") {
    const outer = site.parent(node);
    if (outer?.type === "CallExpression" && child(outer, "callee") === node) {
      for (const other of relatives(nameOf(node) ?? ""))
        yield replaceNode(node, other, "another function", 0.4, "likely");
    }
    return;
  }
  if (!/^(Optional)?MemberExpression$/.test(node.type) || node.computed === true) return;
  const object = child(node, "object");
  const property = child(node, "property");
  const name = nameOf(property);
  if (object === undefined || property === undefined || name === undefined) return;
  const close = relatives(name);
  for (const other of close) yield replaceNode(property, other, "another method", 0.5, "likely");
  const isCalled = site.parent(node)?.type === "CallExpression" && child(site.parent(node), "callee") === node;
  for (const { name: other, own } of site.propertiesFor(site.text(object))) {
    if (other === name || close.has(other)) continue;
    const hinted = site.hints.words.has(other.toLowerCase()) ? 0.1 : 0;
    yield replaceNode(property, other, "another property", (isCalled ? 0.08 : own ? 0.2 : 0.1) + hinted, "likely");
  }
  if (!isCalled && object.type !== "Super") yield replaceNode(node, site.text(object), "drop a property", 0.2);
};

/** Arguments: swapped, dropped, added; calls made, unmade or made with other parts. */
export const callTemplate: Template = function* (node, site) {
  if (node.type !== "CallExpression" && node.type !== "NewExpression") return;
  const callee = child(node, "callee");
  const args = children(node, "arguments");
  if (callee === undefined) return;
  const calleeText = site.text(callee);
  if (calleeText === "require") return;
  const build = (parts: readonly string[]) =>
    `${node.type === "NewExpression" ? "new " : ""}${calleeText}(${parts.join(", ")})`;
  const texts = args.map(site.text);
  for (let i = 0; i + 1 < args.length; i++) {
    const swapped = [...texts];
    swapped.splice(i, 2, texts[i + 1] ?? "", texts[i] ?? "");
    yield replaceNode(node, build(swapped), "swap arguments", 0.35, "likely");
  }
  if (args.length > 0) yield replaceNode(node, build(texts.slice(0, -1)), "drop the last argument", 0.2);
  for (const name of site.names(node).slice(0, 6)) {
    if (!texts.includes(name)) yield replaceNode(node, build([...texts, name]), "one more argument", 0.18);
  }
  for (const literal of ["0", "1", "-1", "true", "10", "undefined"]) {
    yield replaceNode(
      node,
      build([...texts, literal]),
      "one more argument",
      literal === "10" && calleeText === "parseInt" ? 0.4 : 0.1,
    );
  }
  const [only] = args;
  if (args.length === 1 && only !== undefined && node.type === "CallExpression" && only.type !== "SpreadElement") {
    yield replaceNode(node, site.text(only), "unwrap a call", 0.2);
  }
  const receiver = callee.type === "MemberExpression" ? child(callee, "object") : undefined;
  if (receiver !== undefined && receiver.type !== "Super")
    yield replaceNode(node, site.text(receiver), "drop a method call", 0.25);
};
