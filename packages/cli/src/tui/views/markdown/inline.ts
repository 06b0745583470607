import { plainText } from "@fettle/protocol";
import type { Token, Tokens } from "marked";
import type { ViewSettings } from "../../contract.ts";
import { isSafeAddress } from "../paint.ts";
import { type Line, type Span, type Style, span } from "../spans.ts";

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', "#39": "'" };

/** Only these few: a number could name any character. */
const decoded = (text: string): string =>
  text.replace(/&(lt|gt|amp|quot|#39);/g, (all, name: string) => entities[name] ?? all);

/** The address stands beside the words, so that words cannot hide where a link leads. */
const linkSpans = (link: Tokens.Link | Tokens.Image, words: readonly Span[]): Span[] => {
  const address: Span = isSafeAddress(link.href)
    ? { text: link.href, style: "link", link: link.href }
    : span(link.href, "dim");
  const said = words.map(({ text }) => text).join("");
  if (said === link.href || `mailto:${said}` === link.href || `http://${said}` === link.href) return [address];
  return [...words, span(" (", "dim"), address, span(")", "dim")];
};

const children = (token: { readonly tokens?: Token[] | undefined }): Token[] => token.tokens ?? [];

/** What stands inside of a paragraph, a heading or a cell: lines, for a text may have hard breaks. */
export const inlineLines = (tokens: readonly Token[], settings: ViewSettings, style: Style = "plain"): Line[] => {
  const lines: Span[][] = [[]];
  const put = (...spans: readonly Span[]): void => {
    for (const one of spans) {
      // Markdown joins the lines of a paragraph; its parser makes characters of their numbers, controls too.
      lines.at(-1)?.push({ ...one, text: plainText(one.text).replace(/[\n\t]/g, " ") });
    }
  };
  const nested = (token: { readonly tokens?: Token[] | undefined }, inner: Style): Span[] =>
    inlineLines(children(token), settings, inner).flat();
  for (const given of tokens) {
    const token = given as Tokens.Generic;
    switch (token.type) {
      case "strong":
        put(...nested(token, "strong"));
        break;
      case "em":
        put(...nested(token, style === "strong" ? "strong" : "emphasis"));
        break;
      case "del":
        put(...nested(token, "strike"));
        break;
      case "codespan": {
        const text = String(token.text);
        put(span(settings.colours === "none" ? `\`${text}\`` : text, "code"));
        break;
      }
      case "link":
        put(...linkSpans(token as Tokens.Link, nested(token, style)));
        break;
      case "image":
        put(...linkSpans(token as Tokens.Image, [span(`picture: ${decoded(String(token.text))}`, style)]));
        break;
      case "br":
        lines.push([]);
        break;
      default:
        if (token.tokens === undefined) put(span(decoded(String(token.text ?? token.raw)), style));
        else put(...nested(token, style));
    }
  }
  return lines;
};
