/*
 * What of a page no reader would see. Only what an element says of itself is looked at: style sheets and scripts can hide
 * more than that.
 */

type Attributes = Readonly<Record<string, string>>;

/** Elements whose content is no text of the page. */
const neverShown = new Set(
  `script style template noscript iframe object embed canvas svg math audio video datalist select title`.split(/\s+/),
);

const unescaped = (style: string): string =>
  style
    .replace(/\/\*.*?(?:\*\/|$)/gs, "")
    .replace(/\\([0-9a-f]{1,6})\s?/gi, (_, hex: string) =>
      String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0xfffd)),
    )
    .replaceAll("\\", "");

const declarations = (style: string): Map<string, string> => {
  const found = new Map<string, string>();
  for (const part of unescaped(style).toLowerCase().split(";")) {
    const colon = part.indexOf(":");
    const value = part
      .slice(colon + 1)
      .replace("!important", "")
      .trim();
    if (colon > 0) found.set(part.slice(0, colon).trim(), value);
  }
  return found;
};

const isNothing = (value: string | undefined): boolean =>
  value !== undefined && /^[0.]+(?:px|em|rem|%|pt|vw|vh)?$/.test(value);
/** Far enough out that nobody scrolls there. */
const isFarOut = (value: string | undefined): boolean => value !== undefined && /^-\d{3,}/.test(value);

const hiddenByStyle = (style: string): boolean => {
  const of = declarations(style);
  const is = (name: string, ...values: string[]): boolean => values.includes(of.get(name) ?? "");
  return (
    is("display", "none") ||
    is("visibility", "hidden", "collapse") ||
    is("content-visibility", "hidden") ||
    is("color", "transparent") ||
    ["opacity", "font-size", "width", "height", "max-width", "max-height", "zoom"].some((name) =>
      isNothing(of.get(name)),
    ) ||
    ["left", "top", "right", "bottom", "text-indent", "margin-left", "margin-top"].some((name) =>
      isFarOut(of.get(name)),
    ) ||
    /^(?:rect\(0|inset\((?:50|100)%)/.test(of.get("clip") ?? of.get("clip-path") ?? "") ||
    /scale\(\s*0\s*[,)]/.test(of.get("transform") ?? "")
  );
};

/** Whether an element, with all that is in it, is not for readers. */
export const isHidden = (name: string, attributes: Attributes): boolean =>
  neverShown.has(name) ||
  attributes.hidden !== undefined ||
  attributes["aria-hidden"]?.trim().toLowerCase() === "true" ||
  (name === "dialog" && attributes.open === undefined) ||
  (name !== "td" && name !== "th" && (isNothing(attributes.width) || isNothing(attributes.height))) ||
  (attributes.style !== undefined && hiddenByStyle(attributes.style));
