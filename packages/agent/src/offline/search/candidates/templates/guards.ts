import { insertAt, replaceNode, type Site, type Template } from "../site.ts";
import { boundNames, child, children, isFunction, nameOf, type SyntaxNode, scopeOf } from "../syntax.ts";
import type { Edit } from "../types.ts";
import { prototypeHint } from "./literals.ts";

const OWN = "Object.prototype.hasOwnProperty.call";

/** Reads that must not fail or find inherited things: `?.`, own properties only, no prototype keys. */
export const accessTemplate: Template = function* (node, site) {
  const hinted = prototypeHint(site) ? 0.25 : 0;
  if (node.type === "MemberExpression" && !isAssigned(node, site.parent(node))) {
    const object = child(node, "object");
    const property = child(node, "property");
    if (object === undefined || property === undefined || object.type === "Super" || object.type === "ThisExpression")
      return;
    const key = site.text(property);
    const computed = node.computed === true;
    yield replaceNode(node, `${site.text(object)}?.${computed ? `[${key}]` : key}`, "optional access", 0.22);
    if (computed && property.type !== "NumericLiteral") {
      const own = `${OWN}(${site.text(object)}, ${key})`;
      yield replaceNode(node, `(${own} ? ${site.text(node)} : undefined)`, "own property only", 0.2 + hinted, "likely");
      yield replaceNode(node, own, "own property only", 0.08 + hinted, "likely");
      yield replaceNode(node, `(${own} && ${site.text(node)})`, "own property only", 0.15 + hinted, "likely");
    }
  }
  if (node.type === "BinaryExpression" && node.operator === "in") {
    const [left, right] = [child(node, "left"), child(node, "right")];
    if (left !== undefined && right !== undefined) {
      yield replaceNode(
        node,
        `${OWN}(${site.text(right)}, ${site.text(left)})`,
        "own property only",
        0.35 + hinted,
        "likely",
      );
    }
  }
  if (node.type === "ForInStatement") yield* ownKeys(node, site, hinted);
};

function isAssigned(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (parent === undefined) return false;
  if (parent.type === "AssignmentExpression") return child(parent, "left") === node;
  return parent.type === "UpdateExpression" || (parent.type === "UnaryExpression" && parent.operator === "delete");
}

function* ownKeys(node: SyntaxNode, site: Site, hinted: number): Generator<Edit> {
  const left = child(node, "left");
  const right = child(node, "right");
  const body = child(node, "body");
  const declarator = left?.type === "VariableDeclaration" ? child(children(left, "declarations")[0], "id") : left;
  const key = nameOf(declarator);
  if (body?.type !== "BlockStatement" || right === undefined || key === undefined) return;
  yield insertAt(
    body.start + 1,
    ` if (!${OWN}(${site.text(right)}, ${key})) continue;`,
    "own property only",
    0.3 + hinted,
    "likely",
  );
}

const RETURNED = ["", " null", " false", " true", " ''", " []", " {}", " 0"];

/** A way out before a statement: of bad input, of keys that reach a prototype, or when a condition of nearby code holds. */
export const guardTemplate: Template = function* (node, site) {
  const parent = site.parent(node);
  if (parent?.type !== "BlockStatement" || !/Statement$|^VariableDeclaration$/.test(node.type)) return;
  const scope = scopeOf(site.source, node);
  if (!isFunction(scope)) return;
  const params = children(scope, "params").flatMap(boundNames).slice(0, 3);
  const inLoop = insideLoop(node, scope, site);
  const isFirst = children(parent, "body")[0] === node && site.parent(parent) === scope;
  const exits = [...RETURNED.map((value) => `return${value};`), ...params.slice(0, 2).map((name) => `return ${name};`)];
  const guard = (condition: string, exit: string, prior: number) =>
    insertAt(node.start, `if (${condition}) ${exit}\n${indentOf(node, site)}`, "early exit", prior);
  if (isFirst) {
    for (const name of params) {
      for (const exit of exits) {
        yield guard(`${name} == null`, exit, exit === "return;" ? 0.12 : 0.14);
        yield guard(`!${name}`, exit, 0.1);
        yield guard(`typeof ${name} !== 'string'`, exit, 0.1);
        yield guard(`typeof ${name} !== 'object'`, exit, 0.05);
      }
    }
  }
  const [first, second] = params;
  if (isFirst && first !== undefined && second !== undefined) {
    for (const exit of exits) yield guard(`${first} === ${second}`, exit, 0.1);
  }
  if (inLoop && isLoopBody(parent, site)) yield* skips(node, site);
  if (prototypeHint(site)) {
    for (const name of site.names(node).slice(0, 8)) {
      const condition = `${name} === '__proto__' || ${name} === 'constructor' || ${name} === 'prototype'`;
      for (const exit of inLoop
        ? ["continue;", "break;", "return;"]
        : ["return;", ...params.slice(0, 1).map((param) => `return ${param};`)]) {
        yield insertAt(
          node.start,
          `if (${condition}) ${exit}\n${indentOf(node, site)}`,
          "guard against prototype keys",
          0.3,
          "likely",
        );
      }
    }
  }
  for (const condition of site.conditionsFor(node).slice(0, 5)) {
    const nearest = inLoop ? ["continue;", "break;", ...exits.slice(0, 4)] : exits.slice(0, 6);
    for (const exit of nearest) {
      yield guard(condition, exit, 0.08);
      yield guard(`!(${condition})`, exit, 0.06);
    }
  }
};

function isLoopBody(block: SyntaxNode, site: Site): boolean {
  return /^(For|While|DoWhile)/.test(site.parent(block)?.type ?? "");
}

/** A loop passes over one value: a string that the file or the failing test knows. */
function* skips(node: SyntaxNode, site: Site): Generator<Edit> {
  const loop = site.parent(site.parent(node) ?? node);
  const left = child(loop, "left");
  const key = nameOf(left?.type === "VariableDeclaration" ? child(children(left, "declarations")[0], "id") : left);
  if (key === undefined || children(site.parent(node), "body")[0] !== node) return;
  const known = site.strings.filter((text) => site.hints.words.has(text.slice(1, -1).toLowerCase()));
  const words = [...site.hints.words].slice(0, 12).map((word) => `'${word}'`);
  for (const text of new Set([...known, ...words])) {
    yield insertAt(node.start, `if (${key} === ${text}) continue;\n${indentOf(node, site)}`, "pass over", 0.1);
  }
}

function insideLoop(node: SyntaxNode, scope: SyntaxNode, site: Site): boolean {
  for (let outer = site.parent(node); outer !== undefined && outer !== scope; outer = site.parent(outer)) {
    if (/^(For|While|DoWhile)/.test(outer.type)) return true;
  }
  return false;
}

function indentOf(node: SyntaxNode, site: Site): string {
  const text = site.source.text;
  const line = text.slice(text.lastIndexOf("\n", node.start - 1) + 1, node.start);
  return /^\s*/.exec(line)?.[0] ?? "";
}

/** Statements: returned, left, left out, in another order; parameters with a default. */
export const statementTemplate: Template = function* (node, site) {
  if (node.type === "ExpressionStatement") {
    const expression = child(node, "expression");
    const reading = expression !== undefined && /^(CallExpression|AwaitExpression)$/.test(expression.type);
    if (reading) yield insertAt(node.start, "return ", "return", 0.3, "likely");
    if (reading) yield insertAt(node.start, "await ", "await", 0.2, "likely");
  }
  if (
    /^(ExpressionStatement|IfStatement|ReturnStatement|ContinueStatement|BreakStatement|ThrowStatement)$/.test(
      node.type,
    )
  ) {
    const inBlock = site.parent(node)?.type === "BlockStatement" || site.parent(node)?.type === "SwitchCase";
    yield replaceNode(node, inBlock ? "" : ";", "leave out a statement", 0.14, "doubtful");
  }
  if (node.type === "BreakStatement" && child(node, "label") === undefined)
    yield replaceNode(node, "continue;", "jump", 0.3);
  if (node.type === "ContinueStatement") yield replaceNode(node, "break;", "jump", 0.3);
  if (node.type === "IfStatement" && child(node, "alternate") !== undefined) {
    const [yes, no] = [child(node, "consequent"), child(node, "alternate")];
    const test = child(node, "test");
    if (yes?.type === "BlockStatement" && no?.type === "BlockStatement" && test !== undefined) {
      yield replaceNode(node, `if (${site.text(test)}) ${site.text(no)} else ${site.text(yes)}`, "swap branches", 0.15);
    }
  }
  if (isFunction(node)) {
    for (const param of children(node, "params")) {
      if (param.type !== "Identifier") continue;
      for (const value of ["{}", "''", "[]", "0", "false"])
        yield insertAt(param.end, ` = ${value}`, "default parameter", 0.12);
    }
  }
  if (node.type === "BlockStatement") yield* reorder(node, site);
};

function* reorder(node: SyntaxNode, site: Site): Generator<Edit> {
  const body = children(node, "body");
  for (let i = 0; i + 1 < body.length; i++) {
    const [first, second] = [body[i], body[i + 1]];
    if (first === undefined || second === undefined || second.end - first.start > 400) continue;
    const between = site.source.text.slice(first.end, second.start);
    const text = site.text(second) + between + site.text(first);
    yield { start: first.start, end: second.end, text, kind: "swap statements", prior: 0.12, tier: "plausible" };
  }
}
