/** git writes names with unusual characters in quotes, their bytes in octal. */
const unquote = (name: string): string => {
  if (!name.startsWith('"')) return name.replace(/\t$/, "");
  const escapes: Readonly<Record<string, string>> = {
    n: "\n",
    t: "\t",
    r: "\r",
    a: "\u0007",
    b: "\b",
    f: "\f",
    v: "\v",
  };
  const bytes = name
    .slice(1, name.lastIndexOf('"'))
    .replace(/\\([0-7]{3}|.)|[^\\]+/gs, (found: string, escaped: string | undefined) => {
      if (escaped === undefined) return Buffer.from(found, "utf8").toString("latin1");
      return /^[0-7]{3}$/.test(escaped)
        ? String.fromCharCode(Number.parseInt(escaped, 8))
        : (escapes[escaped] ?? escaped);
    });
  return Buffer.from(bytes, "latin1").toString("utf8");
};

/** The name after `--- ` or `+++ `; null for a file that is not there on that side. */
export const nameIn = (line: string): string | null => {
  const name = unquote(line.slice(4));
  return name === "/dev/null" ? null : name.replace(/^[ab]\//, "");
};
