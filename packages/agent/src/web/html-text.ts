import { Parser } from "htmlparser2";
import { isHidden } from "./hidden.ts";
import { createTextWriter, type TextWriter } from "./text-writer.ts";

/*
 * A page as text: headings, paragraphs, links with their addresses, lists, tables, code. It reads the page once, from its
 * beginning to its end, so that no page costs more than its length.
 */

export type PageText = { readonly title: string; readonly text: string };

/** Closing an element looks through those that are open: a page nested deeper than any real one ends there. */
const deepest = 500;
const longestTitle = 300;

const blocks = new Set(
  `address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form header
  hgroup legend main menu nav p section summary caption`.split(/\s+/),
);
const lists = new Set(["ul", "ol", "menu"]);

class TooDeep extends Error {}

type Page = {
  readonly writer: TextWriter;
  readonly base: string;
  title: string;
  inTitle: boolean;
  /** The open elements, and which of them hide what is in them. */
  readonly open: { name: string; hides: boolean; ends: (() => void) | null }[];
  hiding: number;
  /** Numbers of the open lists; null in one without numbers. */
  readonly lists: (number | null)[];
  inLink: boolean;
  pre: number;
  table: { rows: number; cells: string[] } | null;
  tables: number;
};

const addressOf = (href: string, base: string): string | null => {
  const url = URL.parse(href.trim(), base);
  const leads = url !== null && ["http:", "https:", "mailto:"].includes(url.protocol) && !href.trim().startsWith("#");
  return leads ? url.href : null;
};

/** A link around a link is none: only the outer one is written. */
const link = (page: Page, href: string | undefined): (() => void) | null => {
  const address = href === undefined || page.inLink || page.pre > 0 ? null : addressOf(href, page.base);
  if (address === null) return null;
  page.inLink = true;
  page.writer.words(" ");
  page.writer.collect();
  return () => {
    page.inLink = false;
    const text = page.writer.collected();
    if (text !== "") page.writer.words(text === address ? text : `[${text}](${address})`);
  };
};

const listItem = ({ writer, lists: open }: Page): (() => void) => {
  writer.lines(1);
  const number = open.at(-1) ?? null;
  if (number !== null) open[open.length - 1] = number + 1;
  const indent = "  ".repeat(Math.max(0, open.length - 1));
  writer.verbatim(`${indent}${number === null ? "-" : `${number}.`} `);
  return () => writer.lines(1);
};

const list = (page: Page, name: string, start: string | undefined): (() => void) => {
  const space = page.lists.length === 0 ? 2 : 1;
  page.writer.lines(space);
  page.lists.push(name === "ol" ? Number.parseInt(start ?? "1", 10) || 1 : null);
  return () => {
    page.lists.pop();
    page.writer.lines(space);
  };
};

const row = (page: Page): (() => void) => {
  const { table, writer } = page;
  if (table !== null) table.cells = [];
  return () => {
    if (table === null || table.cells.length === 0) return;
    writer.lines(1);
    writer.verbatim(`| ${table.cells.join(" | ")} |`);
    table.rows += 1;
    if (table.rows > 1) return;
    writer.lines(1);
    writer.verbatim(`|${" --- |".repeat(table.cells.length)}`);
  };
};

/** Only the outermost table is one; what stands in its cells is text. */
const table = (page: Page): (() => void) => {
  page.tables += 1;
  page.writer.lines(2);
  if (page.tables === 1) page.table = { rows: 0, cells: [] };
  return () => {
    page.tables -= 1;
    if (page.tables === 0) page.table = null;
    page.writer.lines(2);
  };
};

const cell = (page: Page): (() => void) | null => {
  const { table: into, writer } = page;
  if (into === null || page.tables > 1) return () => writer.words(" ");
  writer.collect();
  return () => void into.cells.push(writer.collected().replaceAll("|", "\\|"));
};

const preformatted = (page: Page): (() => void) => {
  page.writer.lines(2);
  page.writer.verbatim("```");
  page.writer.lines(1);
  page.pre += 1;
  return () => {
    page.pre -= 1;
    page.writer.lines(1);
    page.writer.verbatim("```");
    page.writer.lines(2);
  };
};

const code = ({ writer, pre }: Page): (() => void) | null => {
  if (pre > 0) return null;
  writer.words(" `");
  return () => writer.verbatim("`");
};

const around = ({ writer }: Page, count: number, before = ""): (() => void) => {
  writer.lines(count);
  if (before !== "") writer.verbatim(before);
  return () => writer.lines(count);
};

/** Begins an element that is shown; what it gives is done at its end. */
const begin = (page: Page, name: string, attributes: Readonly<Record<string, string>>): (() => void) | null => {
  const heading = /^h([1-6])$/.exec(name)?.[1];
  if (heading !== undefined) return around(page, 2, `${"#".repeat(Number(heading))} `);
  if (lists.has(name)) return list(page, name, attributes.start);
  if (blocks.has(name))
    return around(page, name === "p" || name === "blockquote" ? 2 : 1, name === "blockquote" ? "> " : "");
  switch (name) {
    case "a":
      return link(page, attributes.href);
    case "li":
      return listItem(page);
    case "table":
      return table(page);
    case "tr":
      return row(page);
    case "td":
    case "th":
      return cell(page);
    case "pre":
      return preformatted(page);
    case "code":
      return code(page);
    case "br":
      page.writer.lines(1);
      return null;
    case "hr":
      page.writer.lines(1);
      page.writer.verbatim("---");
      page.writer.lines(1);
      return null;
    case "img":
      if ((attributes.alt ?? "").trim() !== "") page.writer.words(` [picture: ${attributes.alt}] `);
      return null;
    default:
      return null;
  }
};

const openElement = (page: Page, name: string, attributes: Readonly<Record<string, string>>): void => {
  if (page.open.length >= deepest) throw new TooDeep();
  if (name === "title" && page.title === "" && page.open.every((one) => one.name === "html" || one.name === "head"))
    page.inTitle = true;
  const hides = isHidden(name, attributes);
  if (hides) page.hiding += 1;
  page.open.push({ name, hides, ends: page.hiding > 0 ? null : begin(page, name, attributes) });
};

const closeElement = (page: Page): void => {
  const closed = page.open.pop();
  if (closed === undefined) return;
  if (closed.name === "title") page.inTitle = false;
  if (closed.hides) page.hiding -= 1;
  else closed.ends?.();
};

const addText = (page: Page, text: string): void => {
  if (page.inTitle && page.title.length < longestTitle) page.title += text;
  if (page.hiding > 0) return;
  if (page.pre > 0) page.writer.verbatim(text);
  else page.writer.words(text);
};

/** The text of a page, whose links are relative to `base`. Never throws for what the page is. */
export const htmlText = (html: string, base: string): PageText => {
  const page: Page = {
    ...{ writer: createTextWriter(), base, title: "", inTitle: false, open: [], hiding: 0 },
    ...{ lists: [], inLink: false, pre: 0, table: null, tables: 0 },
  };
  const parser = new Parser({
    onopentag: (name, attributes) => openElement(page, name, attributes),
    onclosetag: () => closeElement(page),
    ontext: (text) => addText(page, text),
  });
  let rest = "";
  try {
    parser.write(html);
    parser.end();
  } catch (error) {
    if (!(error instanceof TooDeep)) throw error;
    while (page.open.length > 0) closeElement(page);
    rest = "\n\n[the rest of the page is nested too deeply to be read]";
  }
  return { title: page.title.replace(/\s+/g, " ").trim().slice(0, longestTitle), text: page.writer.text() + rest };
};
