import { booleanNames } from "./booleans.ts";
import {
  child,
  children,
  isFunction,
  nameOf,
  type SourceFile,
  type SyntaxNode,
  scopeOf,
  visibleNames,
} from "./syntax.ts";
import type { Edit, Hints, Tier } from "./types.ts";

/** What templates see of a file: its text and tree, and what is written elsewhere in it to borrow from. */
export type Site = {
  readonly source: SourceFile;
  readonly hints: Hints;
  text(node: SyntaxNode): string;
  parent(node: SyntaxNode): SyntaxNode | undefined;
  /** Names in scope at a node, nearest first. */
  names(node: SyntaxNode): readonly string[];
  /** Short conditions of the same function first, then of the file, all of whose names are in scope. */
  conditionsFor(node: SyntaxNode): readonly string[];
  /** Property names used in the file, those used on `object` first; whether they were. */
  propertiesFor(object: string): readonly { readonly name: string; readonly own: boolean }[];
  /** Functions of the file that are called with one argument. */
  readonly wrappers: readonly string[];
  /** String literals of the file, as written. */
  readonly strings: readonly string[];
  /** Names of functions, classes and modules: seldom what a literal should have been. */
  readonly callables: ReadonlySet<string>;
  /** Names that hold booleans. */
  readonly booleans: ReadonlySet<string>;
};

/** A template looks at one node and proposes edits. */
export type Template = (node: SyntaxNode, site: Site) => Iterable<Edit>;

/** An edit that replaces a whole node. */
export function replaceNode(
  node: SyntaxNode,
  text: string,
  kind: string,
  prior: number,
  tier: Tier = "plausible",
): Edit {
  return { start: node.start, end: node.end, text, kind, prior, tier };
}

/** An edit that inserts before an offset. */
export function insertAt(offset: number, text: string, kind: string, prior: number, tier: Tier = "plausible"): Edit {
  return { start: offset, end: offset, text, kind, prior, tier };
}

const MAX_CONDITION_LENGTH = 70;
/** Predicates make a value into a boolean, and loading is no conversion. */
const NOT_WRAPPERS = /^require$|(^|\.)(is|has)[A-Z]/;

/** Gathers what a file offers to its templates. */
export function createSite(source: SourceFile, hints: Hints): Site {
  const text = (node: SyntaxNode) => source.text.slice(node.start, node.end);
  const conditions: { text: string; scope: SyntaxNode; names: readonly string[]; start: number }[] = [];
  const properties = new Map<string, Map<string, number>>();
  const wrappers = new Map<string, number>();
  const strings = new Set<string>();
  for (const node of source.nodes) {
    for (const condition of conditionsOf(node)) {
      if (condition.end - condition.start > MAX_CONDITION_LENGTH) continue;
      const scope = scopeOf(source, condition);
      conditions.push({ text: text(condition), scope, names: namesIn(source, condition), start: condition.start });
    }
    noteProperty(node, text, properties);
    if (node.type === "CallExpression" && children(node, "arguments").length === 1) {
      const callee = child(node, "callee");
      if (callee !== undefined && /^[\w$.]{1,40}$/.test(text(callee)) && !NOT_WRAPPERS.test(text(callee)))
        count(wrappers, text(callee));
    }
    if (node.type === "StringLiteral" && node.end - node.start < 30) strings.add(text(node));
  }
  return {
    source,
    hints,
    text,
    parent: (node) => source.parent.get(node),
    names: (node) => visibleNames(source, node),
    conditionsFor(node) {
      const scope = scopeOf(source, node);
      const visible = new Set(visibleNames(source, node));
      const usable = conditions.filter(
        (item) => item.start !== node.start && item.names.every((name) => visible.has(name) || name in globalThis),
      );
      usable.sort(
        (a, b) =>
          Number(b.scope === scope) - Number(a.scope === scope) ||
          Math.abs(a.start - node.start) - Math.abs(b.start - node.start),
      );
      return [...new Set(usable.map((item) => item.text))].slice(0, 14);
    },
    propertiesFor(object) {
      const own = new Set(byCount(properties.get(object)));
      const names = new Set([...own, ...byCount(properties.get("*"))]);
      return [...names].slice(0, 25).map((name) => ({ name, own: own.has(name) }));
    },
    wrappers: byCount(wrappers).slice(0, 10),
    strings: [...strings].slice(0, 30),
    callables: callablesOf(source),
    booleans: booleanNames(source.nodes),
  };
}

function callablesOf(source: SourceFile): Set<string> {
  const names = new Set<string>();
  for (const node of source.nodes) {
    const value = node.type === "VariableDeclarator" ? child(node, "init") : undefined;
    const isCallable =
      /^(Function|Class)Declaration$|^Import.*Specifier$/.test(node.type) ||
      (value !== undefined && (isFunction(value) || nameOf(child(value, "callee")) === "require"));
    const name = nameOf(child(node, "id") ?? child(node, "local"));
    if (isCallable && name !== undefined) names.add(name);
  }
  return names;
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}

function byCount(map: ReadonlyMap<string, number> | undefined): string[] {
  return [...(map ?? [])].sort((a, b) => b[1] - a[1]).map(([key]) => key);
}

function noteProperty(
  node: SyntaxNode,
  text: (node: SyntaxNode) => string,
  into: Map<string, Map<string, number>>,
): void {
  if (!/^(Optional)?MemberExpression$/.test(node.type) || node.computed === true) return;
  const property = nameOf(child(node, "property"));
  const object = child(node, "object");
  if (property === undefined || object === undefined) return;
  for (const key of [text(object), "*"]) {
    const counts = into.get(key) ?? new Map<string, number>();
    count(counts, property);
    into.set(key, counts);
  }
}

/** Boolean expressions of a node: tests of statements, operands of logic, comparisons. */
function conditionsOf(node: SyntaxNode): SyntaxNode[] {
  const test = /^(IfStatement|ConditionalExpression|WhileStatement|ForStatement)$/.test(node.type)
    ? [child(node, "test")]
    : [];
  const sides = node.type === "LogicalExpression" ? [child(node, "left"), child(node, "right")] : [];
  const compared =
    node.type === "BinaryExpression" && /^([=!<>]=*|in|instanceof)$/.test(String(node.operator)) ? [node] : [];
  return [...test, ...sides, ...compared].filter(
    (item): item is SyntaxNode => item !== undefined && item.type !== "AssignmentExpression",
  );
}

/** Free-standing identifiers of an expression (not property names). */
function namesIn(source: SourceFile, expression: SyntaxNode): string[] {
  const names: string[] = [];
  for (const node of source.nodes) {
    if (node.start < expression.start || node.end > expression.end) continue;
    const name = nameOf(node);
    const outer = source.parent.get(node);
    const isProperty = outer !== undefined && /MemberExpression$/.test(outer.type) && child(outer, "property") === node;
    if (name !== undefined && (!isProperty || outer.computed === true)) names.push(name);
  }
  return names;
}
