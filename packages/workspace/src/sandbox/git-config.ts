/*
 * The user's git configuration for commands in the sandbox: who they are and how they like git, without anything that
 * holds a secret (URLs with tokens, extra headers) or that needs one (signing keys, credential programs).
 */

const keptKeys = new Set(
  `user.name user.email author.name author.email committer.name committer.email init.defaultbranch core.autocrlf core.eol
  core.safecrlf core.filemode core.ignorecase core.precomposeunicode core.quotepath core.abbrev pull.rebase pull.ff
  push.default merge.ff merge.conflictstyle rebase.autostash rebase.autosquash fetch.prune color.ui diff.algorithm
  diff.renames diff.colormoved diff.mnemonicprefix log.date log.decorate branch.sort tag.sort rerere.enabled
  commit.verbose status.short advice.detachedhead safe.directory`.split(/\s+/),
);

const section = /^\s*\[\s*([A-Za-z0-9.-]+)\s*\]\s*(?:[#;].*)?$/;
const variable = /^\s*([A-Za-z][A-Za-z0-9-]*)\s*=\s*(.*)$/;

/** Keeps only known harmless settings of `text`, in order. A setting it cannot read (subsection, continuation) is left out. */
export const harmlessGitConfig = (text: string): string => {
  const lines: string[] = [];
  let current: string | null = null;
  for (const line of text.split("\n")) {
    if (/^\s*\[/.test(line)) {
      current = section.exec(line)?.[1]?.toLowerCase() ?? null;
      continue;
    }
    const found = current === null ? null : variable.exec(line);
    if (!found || line.endsWith("\\")) continue;
    const key = found[1]?.toLowerCase();
    if (keptKeys.has(`${current}.${key}`)) lines.push(`[${current}]`, `\t${key} = ${found[2]}`);
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
};
