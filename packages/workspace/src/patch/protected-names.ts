/**
 * Names that no patch may touch, wherever they stand in a path: what git, editors and agents read as configuration
 * and may run. All in lower case.
 */
export const protectedNames: ReadonlySet<string> = new Set([
  ".git",
  ".fettle",
  ".agents",
  ".vscode",
  ".idea",
  ".mcp.json",
  ".claude",
  ".claude.json",
  ".codex",
  ".cursor",
  ".cursorrules",
  ".gemini",
  ".opencode",
  "opencode.json",
  "opencode.jsonc",
  ".aider.conf.yml",
  ".amazonq",
  ".clinerules",
  ".continue",
  ".crush.json",
  ".junie",
  ".kiro",
  ".qwen",
  ".roo",
  ".roomodes",
  ".windsurf",
  ".windsurfrules",
  ".zed",
  ".husky",
]);

// Case-insensitive file systems, and those that drop these characters, take such names for the plain ones.
const ignorable = /[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;

/** True for a path component that some file system could take for a protected name. */
export const isProtectedName = (name: string): boolean =>
  protectedNames.has(
    name
      .replace(ignorable, "")
      .toLowerCase()
      .replace(/[. ]+$/, ""),
  );
