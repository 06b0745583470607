import { createSite, type Template } from "./site.ts";
import { strykerEdits } from "./stryker.ts";
import { child, children, parseSource, type SourceFile, type SyntaxNode } from "./syntax.ts";
import { conditionTemplate, nameTemplate, operatorTemplate, typeCheckTemplate } from "./templates/conditions.ts";
import { accessTemplate, guardTemplate, statementTemplate } from "./templates/guards.ts";
import { literalTemplate, objectTemplate } from "./templates/literals.ts";
import { callTemplate, memberTemplate } from "./templates/members.ts";
import { regexTemplate } from "./templates/regex.ts";
import { partTemplate, wrapTemplate } from "./templates/wraps.ts";
import type { Edit, Hints } from "./types.ts";

const TEMPLATES: readonly Template[] = [
  regexTemplate,
  memberTemplate,
  callTemplate,
  literalTemplate,
  objectTemplate,
  operatorTemplate,
  conditionTemplate,
  typeCheckTemplate,
  nameTemplate,
  wrapTemplate,
  partTemplate,
  accessTemplate,
  guardTemplate,
  statementTemplate,
];

type Definition = { readonly name: string; readonly start: number; readonly end: number };

type FileCandidates = {
  readonly edits: readonly Edit[];
  /** What the file defines at its top level that runs only while it loads (constants, patterns, tables). */
  readonly definitions: readonly Definition[];
};

/**
 * Every edit that the templates and Stryker's mutators know for a JavaScript or TypeScript file, each resulting text
 * once. `worth` leaves out places that are not suspicious before their edits are built.
 */
export async function generateEdits(
  text: string,
  file: string,
  hints: Hints,
  worth: (start: number, end: number) => boolean,
): Promise<FileCandidates | undefined> {
  const source = await parseSource(text, file);
  if (source === undefined) return undefined;
  const site = createSite(source, hints);
  const edits: Edit[] = [];
  for (const node of source.nodes) {
    if (!worth(node.start, node.end)) continue;
    for (const template of TEMPLATES) for (const edit of template(node, site)) edits.push(edit);
  }
  for (const edit of await strykerEdits(text, file)) if (worth(edit.start, edit.end)) edits.push(edit);
  return { edits: distinct(edits, text), definitions: definitionsOf(source) };
}

/** The most trusted edit for each resulting text. Edits are made as short as they can be first. */
function distinct(edits: readonly Edit[], text: string): Edit[] {
  const best = new Map<string, Edit>();
  for (const edit of edits) {
    const short = shorten(edit, text);
    if (short === undefined) continue;
    const key = `${short.start}:${short.end}:${short.text.replace(/\s+/g, " ")}`;
    const known = best.get(key);
    if (known === undefined || known.prior < short.prior) best.set(key, short);
  }
  return [...best.values()];
}

/** Without the words and signs at both ends that stay the same; undefined when nothing but white space changes. */
function shorten(edit: Edit, text: string): Edit | undefined {
  const before = text.slice(edit.start, edit.end);
  if (before.replace(/\s+/g, "") === edit.text.replace(/\s+/g, "")) return undefined;
  let head = 0;
  while (head < before.length && head < edit.text.length && before[head] === edit.text[head]) head++;
  let tail = 0;
  const most = Math.min(before.length, edit.text.length) - head;
  while (tail < most && before.at(-1 - tail) === edit.text.at(-1 - tail)) tail++;
  const isWord = (char: string | undefined) => char !== undefined && /[\w$]/.test(char);
  while (head > 0 && isWord(before[head - 1]) && (isWord(before[head]) || isWord(edit.text[head]))) head--;
  while (tail > 0 && isWord(before.at(-tail)) && (isWord(before.at(-1 - tail)) || isWord(edit.text.at(-1 - tail))))
    tail--;
  const [start, end] = [edit.start + head, edit.end - tail];
  return rightmost({ ...edit, start, end, text: edit.text.slice(head, edit.text.length - tail) }, text);
}

/** Inserting or removing one of several equal characters is the same wherever it is done: at the last of them. */
function rightmost(edit: Edit, text: string): Edit {
  let { start, end, text: inserted } = edit;
  while (start === end && inserted !== "" && text[end] === inserted[0]) {
    inserted = inserted.slice(1) + inserted[0];
    end = ++start;
  }
  while (inserted === "" && start < end && text[start] !== undefined && text[start] === text[end]) {
    start++;
    end++;
  }
  return { ...edit, start, end, text: inserted };
}

function definitionsOf(source: SourceFile): Definition[] {
  const found: Definition[] = [];
  const note = (target: SyntaxNode | undefined, value: SyntaxNode | undefined) => {
    if (target === undefined || value === undefined) return;
    const name = /[\w$]+$/.exec(source.text.slice(target.start, target.end))?.[0];
    if (name !== undefined) found.push({ name, start: value.start, end: value.end });
  };
  for (const statement of children(source.program, "body")) {
    const inner = child(statement, "declaration") ?? statement;
    for (const declarator of children(inner, "declarations")) {
      note(child(declarator, "id"), child(declarator, "init"));
      for (const property of children(child(declarator, "init"), "properties"))
        note(child(property, "key"), child(property, "value"));
    }
    const expression = child(inner, "expression");
    if (expression?.type === "AssignmentExpression") note(child(expression, "left"), child(expression, "right"));
  }
  return found;
}
