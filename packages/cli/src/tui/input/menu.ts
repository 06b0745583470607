import type { Choice, EditorPorts } from "../contract.ts";
import { type Doc, lineAt, type Span } from "./doc.ts";
import { prepare, scoreOf } from "./fuzzy.ts";

/* The list of choices that opens while a name is typed: `/` commands, `@` files, `$` skills. */

export type Token = { readonly kind: "command" | "file" | "skill"; readonly query: string; readonly span: Span };

export type Menu = { readonly token: Token; readonly choices: readonly Choice[]; readonly selected: number };

/** Whether the text is a command for the shell. */
export const isShell = (doc: Doc): boolean => lineAt(doc, 0).startsWith("!");

const commandToken = /^\/([^\s/]*)$/;
const fileToken = /(?:^|[\s([{,;:'])@(?:"([^"]*)|([^\s"]*))$/;
const skillToken = /(?:^|\s)\$([\w:-]*)$/;

/** The name that is being typed before the cursor; null: none. */
export const tokenAt = (doc: Doc): Token | null => {
  const { row, column } = doc.cursor;
  const before = lineAt(doc, row).slice(0, column);
  const token = (kind: Token["kind"], query: string, length: number): Token => ({
    kind,
    query,
    span: { from: { row, column: column - length }, to: doc.cursor },
  });
  const command = row === 0 ? commandToken.exec(before) : null;
  if (command !== null) return token("command", command[1] ?? "", before.length);
  const file = fileToken.exec(before);
  if (file !== null) {
    const at = before.lastIndexOf("@", file[1] === undefined ? column : before.lastIndexOf('"'));
    return token("file", file[1] ?? file[2] ?? "", column - at);
  }
  // In a command for the shell `$` names a variable.
  const skill = isShell(doc) ? null : skillToken.exec(before);
  return skill === null ? null : token("skill", skill[1] ?? "", (skill[1] ?? "").length + 1);
};

/** The choices whose name fits, best first; equal ones stay in their order. */
const fitting = (choices: readonly Choice[], query: string): readonly Choice[] =>
  choices
    .map((choice) => ({
      choice,
      score: query === "" ? 0 : scoreOf(prepare(choice.label.replace(/^[/$]/, "")), query.toLowerCase()),
    }))
    .filter(({ score }) => score >= 0)
    .sort((a, b) => b.score - a.score)
    .map(({ choice }) => choice);

type Sources = Pick<EditorPorts, "commands" | "skills" | "files">;

export const choicesFor = ({ kind, query }: Token, sources: Sources): readonly Choice[] => {
  switch (kind) {
    case "command":
      return fitting(sources.commands, query);
    case "skill":
      return fitting(sources.skills(), query);
    case "file":
      return sources.files(query);
  }
};

/** What a choice puts in the place of what was typed. A command that wants words ends with a blank by itself. */
export const insertOf = (kind: Token["kind"], { insert }: Choice): string => {
  const mark = kind === "command" ? "/" : kind === "file" ? "@" : "$";
  const name = insert.startsWith(mark) && kind !== "file" ? insert.slice(1) : insert;
  if (kind === "command") return `/${name.trimEnd()} `;
  return kind === "file" && /[\s"]/.test(name) ? `@"${name}" ` : `${mark}${name} `;
};

/** Whether Enter on a command is enough: it wants no more words, or none were asked for. */
export const runsAtOnce = ({ insert }: Choice): boolean => !insert.endsWith(" ");
