import { isBoolean, isBooleanText } from "../booleans.ts";
import { replaceNode, type Site, type Template } from "../site.ts";
import { child, nameOf, type SyntaxNode } from "../syntax.ts";
import type { Edit } from "../types.ts";

/* What each comparison is mistaken for, the most likely first. */
const COMPARISONS: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">", ">=", "!=="],
  "<=": ["<", ">=", ">"],
  ">": [">=", "<", "<=", "!=="],
  ">=": [">", "<=", "<"],
  "==": ["===", "!="],
  "===": ["==", "!=="],
  "!=": ["!==", "=="],
  "!==": ["!=", "==="],
};

/* Other operators with the likelihood of a mistake. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  "+": ["-", "*"],
  "-": ["+"],
  "*": ["/", "+", "**"],
  "/": ["*", "%"],
  "%": ["/", "*"],
  "<<": [">>", ">>>"],
  ">>": [">>>", "<<"],
  ">>>": [">>"],
  "&": ["|", "&&"],
  "|": ["&", "||", "^"],
  in: ["instanceof"],
};

/** Comparison and arithmetic operators, and operands moved by one. */
export const operatorTemplate: Template = function* (node, site) {
  if (node.type === "BinaryExpression") {
    const operator = String(node.operator);
    const left = child(node, "left");
    const right = child(node, "right");
    if (left === undefined || right === undefined) return;
    const write = (other: string) => `${site.text(left)} ${other} ${site.text(right)}`;
    for (const [index, other] of (COMPARISONS[operator] ?? []).entries()) {
      yield replaceNode(node, write(other), "comparison", [0.55, 0.45][index] ?? 0.4, "likely");
    }
    for (const other of OPERATORS[operator] ?? []) yield replaceNode(node, write(other), "operator", 0.35);
    if (/^[<>]=?$/.test(operator)) {
      yield replaceNode(right, `${site.text(right)} - 1`, "off by one", 0.3);
      yield replaceNode(right, `${site.text(right)} + 1`, "off by one", 0.3);
    }
    if (/^[+-]$/.test(operator)) {
      yield replaceNode(node, site.text(left), "drop an operand", 0.2, "doubtful");
      yield replaceNode(node, site.text(right), "drop an operand", 0.15, "doubtful");
    }
  }
  if (node.type === "LogicalExpression") yield* logic(node, site);
  if (node.type === "UnaryExpression" && /^[!+-]$/.test(String(node.operator))) {
    const argument = child(node, "argument");
    if (argument !== undefined) yield replaceNode(node, site.text(argument), "negation", 0.4, "likely");
  }
  if (node.type === "UpdateExpression") yield* updates(node, site);
  if (node.type === "AssignmentExpression") yield* assignments(node, site);
  if (node.type === "ConditionalExpression") {
    const [test, yes, no] = ["test", "consequent", "alternate"].map((field) => child(node, field));
    if (test === undefined || yes === undefined || no === undefined) return;
    yield replaceNode(
      node,
      `${site.text(test)} ? ${site.text(no)} : ${site.text(yes)}`,
      "swap branches",
      0.3,
      "likely",
    );
    yield replaceNode(node, site.text(yes), "drop a branch", 0.15, "doubtful");
    yield replaceNode(node, site.text(no), "drop a branch", 0.15, "doubtful");
  }
};

function* logic(node: SyntaxNode, site: Site): Generator<Edit> {
  const left = child(node, "left");
  const right = child(node, "right");
  if (left === undefined || right === undefined) return;
  const operator = String(node.operator);
  const others: Record<string, readonly string[]> = { "&&": ["||"], "||": ["??", "&&"], "??": ["||"] };
  for (const other of others[operator] ?? []) {
    yield replaceNode(
      node,
      `${site.text(left)} ${other} ${site.text(right)}`,
      "logical operator",
      other === "??" ? 0.5 : 0.4,
      "likely",
    );
  }
  if (operator === "||") {
    const text = site.text(left);
    yield replaceNode(
      node,
      `${text} !== undefined ? ${text} : ${site.text(right)}`,
      "default only when undefined",
      0.4,
      "likely",
    );
  }
  yield replaceNode(node, site.text(left), "drop an operand", 0.2, "doubtful");
  yield replaceNode(node, site.text(right), "drop an operand", 0.2, "doubtful");
  yield replaceNode(node, `${site.text(right)} ${operator} ${site.text(left)}`, "swap operands", 0.15);
}

function* updates(node: SyntaxNode, site: Site): Generator<Edit> {
  const argument = child(node, "argument");
  if (argument === undefined) return;
  const operator = String(node.operator);
  const other = operator === "++" ? "--" : "++";
  const name = site.text(argument);
  yield replaceNode(node, node.prefix === true ? other + name : name + other, "increment", 0.3);
  yield replaceNode(node, node.prefix === true ? name + operator : operator + name, "increment", 0.3);
}

function* assignments(node: SyntaxNode, site: Site): Generator<Edit> {
  const left = child(node, "left");
  const right = child(node, "right");
  if (left === undefined || right === undefined || /Pattern$/.test(left.type)) return;
  const others: Record<string, readonly string[]> = {
    "=": ["+=", "||="],
    "+=": ["=", "-="],
    "-=": ["+=", "="],
    "*=": ["/="],
    "/=": ["*="],
  };
  for (const other of others[String(node.operator)] ?? []) {
    yield replaceNode(
      node,
      `${site.text(left)} ${other} ${site.text(right)}`,
      "assignment",
      other === "||=" ? 0.12 : 0.25,
      other === "||=" ? "doubtful" : "plausible",
    );
  }
}

/** The condition of a statement or a choice: negated, narrowed by what is tested nearby, widened (seldom right). */
export const conditionTemplate: Template = function* (node, site) {
  const isTest = /^(IfStatement|ConditionalExpression|WhileStatement|DoWhileStatement|ForStatement)$/.test(node.type);
  const test = isTest ? child(node, "test") : returnedCondition(node);
  if (test === undefined) return;
  const text = site.text(test);
  const bracketed =
    /^(LogicalExpression|AssignmentExpression|ConditionalExpression|SequenceExpression|ArrowFunctionExpression)$/.test(
      test.type,
    )
      ? `(${text})`
      : text;
  if (isTest && test.type !== "UnaryExpression")
    yield replaceNode(test, `!${/^[\w$.]+$/.test(text) ? text : `(${text})`}`, "negation", 0.4, "likely");
  const nearby = [...site.conditionsFor(test), ...typeChecks(test, site)];
  for (const condition of new Set(nearby)) {
    if (text.includes(condition)) continue;
    const extra = /\|\||\?|[^=!<>]=[^=]/.test(condition) ? `(${condition})` : condition;
    const conjunct = test.type === "LogicalExpression" && test.operator === "&&" ? text : bracketed;
    yield* conjuncts(test, conjunct, extra, condition, isTest);
    yield replaceNode(test, `${bracketed} || ${extra}`, "bare disjunct", 0.12, "doubtful");
    yield replaceNode(test, `!(${condition}) || ${bracketed}`, "bare disjunct", 0.08, "doubtful");
  }
  if (isTest)
    for (const constant of ["true", "false"]) yield replaceNode(test, constant, "constant condition", 0.08, "doubtful");
};

/** What is given back as a value may be narrowed only when it stays a boolean. */
function* conjuncts(test: SyntaxNode, conjunct: string, extra: string, condition: string, isTest: boolean) {
  const weight = isTest || isBoolean(test) ? 1 : 0.3;
  const tier = (keepsType: boolean) => (isTest || (isBoolean(test) && keepsType) ? "likely" : "doubtful");
  const kept = isBooleanText(condition);
  yield replaceNode(test, `${conjunct} && ${extra}`, "extra conjunct", 0.3 * weight, tier(kept));
  yield replaceNode(test, `${conjunct} && !(${condition})`, "extra conjunct", 0.2 * weight, tier(true));
  yield replaceNode(test, `${extra} && ${conjunct}`, "extra conjunct", 0.12 * weight, tier(kept));
}

/** The value of a `return` or an arrow function, when it is a condition. */
function returnedCondition(node: SyntaxNode): SyntaxNode | undefined {
  const value =
    node.type === "ReturnStatement"
      ? child(node, "argument")
      : node.type === "ArrowFunctionExpression"
        ? child(node, "body")
        : undefined;
  return value !== undefined && /^(LogicalExpression|BinaryExpression|UnaryExpression|CallExpression)$/.test(value.type)
    ? value
    : undefined;
}

/** Checks that can be made of the names in a condition and of the parameters around it. */
function* typeChecks(test: SyntaxNode, site: Site): Generator<string> {
  const used = new Set(
    [...site.text(test).matchAll(/[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)?/g)].map((match) => match[0]),
  );
  const visible = site.names(test).slice(0, 5);
  const [first, second] = visible;
  if (first !== undefined && second !== undefined) yield `${first} && ${second}`;
  const mentioned = [...used].filter((name) => site.names(test).includes(name.split(".")[0] ?? ""));
  for (const name of new Set([...mentioned.slice(0, 5), ...visible])) {
    yield name;
    yield `${name} != null`;
    yield `${name} !== ''`;
    yield `typeof ${name} === 'string'`;
    yield `typeof ${name} === 'object'`;
    yield `typeof ${name} === 'function'`;
    yield `Array.isArray(${name})`;
    yield `${name}.length`;
    yield `${name} !== '__proto__'`;
  }
}

const TYPES = ["function", "string", "object", "number", "boolean"];

/** A value that is tested for truth is tested for its type, or for being there, instead. */
export const typeCheckTemplate: Template = function* (node, site) {
  const parent = site.parent(node);
  if (parent === undefined || !/^(Identifier|MemberExpression|CallExpression)$/.test(node.type)) return;
  const tested =
    child(parent, "test") === node ||
    (parent.type === "LogicalExpression" && child(parent, "left") === node) ||
    (parent.type === "UnaryExpression" && parent.operator === "!");
  const text = site.text(node);
  if (!tested || text.length > 60) return;
  const write = (check: string) => (parent.type === "UnaryExpression" ? `(${check})` : check);
  for (const type of TYPES) {
    yield replaceNode(
      node,
      write(`typeof ${text} === '${type}'`),
      "type check",
      type === "function" ? 0.22 : 0.16,
      "likely",
    );
  }
  for (const check of [`${text} != null`, `${text} !== undefined`, `${text} !== ''`, `${text}.length > 0`]) {
    yield replaceNode(node, write(check), "presence check", 0.22, "likely");
  }
};

/** A name for another that is in scope: often green, seldom right. */
export const nameTemplate: Template = function* (node, site) {
  const name = nameOf(node);
  const parent = site.parent(node);
  if (name === undefined || parent === undefined) return;
  if (
    /Declarat|Pattern|Function|Specifier|Label|Method|Catch|^Class|^JSX/.test(parent.type) &&
    child(parent, "init") !== node &&
    child(parent, "body") !== node
  )
    return;
  if (parent.computed !== true && (child(parent, "property") === node || child(parent, "key") === node)) return;
  for (const other of site.names(node).slice(0, 8)) {
    if (other !== name) yield replaceNode(node, other, "another name", 0.14, "doubtful");
  }
};
