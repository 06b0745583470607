/** A syntax node as the parser gives it; its children are found by looking for nodes among its fields. */
export type SyntaxNode = {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
};

export type SourceFile = {
  readonly text: string;
  /** Every node, outer before inner, in the order of the text. */
  readonly nodes: readonly SyntaxNode[];
  readonly parent: ReadonlyMap<SyntaxNode, SyntaxNode>;
  readonly program: SyntaxNode;
  /** Names declared by each function and by the file itself. */
  readonly declared: ReadonlyMap<SyntaxNode, ReadonlySet<string>>;
};

const SKIPPED_FIELDS = new Set([
  "loc",
  "range",
  "leadingComments",
  "trailingComments",
  "innerComments",
  "extra",
  "tokens",
]);

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

/** The node in a field, when there is one. */
export function child(node: SyntaxNode | undefined, field: string): SyntaxNode | undefined {
  const value = node?.[field];
  return isNode(value) ? value : undefined;
}

/** The nodes in a list field. */
export function children(node: SyntaxNode | undefined, field: string): readonly SyntaxNode[] {
  const value = node?.[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** The name of an identifier (or the value of a string field), else undefined. */
export function nameOf(node: SyntaxNode | undefined): string | undefined {
  return node?.type === "Identifier" && typeof node.name === "string" ? node.name : undefined;
}

const isType = (type: string) => /^TS(?!NonNull|As|Satisfies|Export|Parameter|Module|Enum)/.test(type);

/** Parses JavaScript or TypeScript. Undefined when it is not valid. */
export async function parseSource(text: string, file: string): Promise<SourceFile | undefined> {
  const { parse } = await import("@babel/parser");
  const typescript = /\.[mc]?tsx?$/.test(file);
  const plugins: ("typescript" | "jsx" | "decorators")[] = [];
  if (typescript) plugins.push("typescript");
  if (!/\.[mc]?ts$/.test(file)) plugins.push("jsx");
  plugins.push("decorators");
  try {
    const options = { allowReturnOutsideFunction: true, errorRecovery: true, plugins };
    const ast: unknown = parse(text, { ...options, sourceType: "unambiguous" });
    const program = child(isNode(ast) ? ast : undefined, "program");
    return program === undefined ? undefined : indexTree(text, program);
  } catch {
    return undefined;
  }
}

function indexTree(text: string, program: SyntaxNode): SourceFile {
  const nodes: SyntaxNode[] = [];
  const parent = new Map<SyntaxNode, SyntaxNode>();
  const declared = new Map<SyntaxNode, Set<string>>([[program, new Set()]]);
  const visit = (node: SyntaxNode, scope: SyntaxNode) => {
    nodes.push(node);
    declare(node, scope, declared);
    let inner = scope;
    if (isFunction(node)) {
      inner = node;
      declared.set(node, new Set(children(node, "params").flatMap(boundNames)));
    }
    for (const [field, value] of Object.entries(node)) {
      if (SKIPPED_FIELDS.has(field)) continue;
      for (const item of Array.isArray(value) ? value : [value]) {
        if (!isNode(item) || isType(item.type)) continue;
        parent.set(item, node);
        visit(item, inner);
      }
    }
  };
  visit(program, program);
  return { text, nodes, parent, program, declared };
}

export function isFunction(node: SyntaxNode): boolean {
  return /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|ObjectMethod|ClassMethod|ClassPrivateMethod)$/.test(
    node.type,
  );
}

function declare(node: SyntaxNode, scope: SyntaxNode, declared: Map<SyntaxNode, Set<string>>): void {
  const into = declared.get(scope);
  if (into === undefined) return;
  const declaring: Record<string, string> = {
    VariableDeclarator: "id",
    FunctionDeclaration: "id",
    ClassDeclaration: "id",
    ImportSpecifier: "local",
    ImportDefaultSpecifier: "local",
    ImportNamespaceSpecifier: "local",
  };
  const field = declaring[node.type];
  const id = field === undefined ? undefined : child(node, field);
  if (id !== undefined) for (const name of boundNames(id)) into.add(name);
}

/** Names that a pattern binds. */
export function boundNames(pattern: SyntaxNode): string[] {
  const name = nameOf(pattern);
  if (name !== undefined) return [name];
  switch (pattern.type) {
    case "AssignmentPattern":
      return [child(pattern, "left")].filter(isNode).flatMap(boundNames);
    case "RestElement":
      return [child(pattern, "argument")].filter(isNode).flatMap(boundNames);
    case "ArrayPattern":
      return children(pattern, "elements").flatMap(boundNames);
    case "ObjectPattern":
      return children(pattern, "properties").flatMap((property) => boundNames(child(property, "value") ?? property));
    default:
      return [];
  }
}

/** The function (or the file) around a node. */
export function scopeOf(source: SourceFile, node: SyntaxNode): SyntaxNode {
  for (let outer = source.parent.get(node); outer !== undefined; outer = source.parent.get(outer)) {
    if (isFunction(outer)) return outer;
  }
  return source.program;
}

/** Names in scope, the nearest function's first. */
export function visibleNames(source: SourceFile, node: SyntaxNode): string[] {
  const names = new Set<string>();
  for (let scope: SyntaxNode | undefined = scopeOf(source, node); scope !== undefined; ) {
    for (const name of source.declared.get(scope) ?? []) names.add(name);
    scope = scope === source.program ? undefined : scopeOf(source, scope);
  }
  return [...names];
}
